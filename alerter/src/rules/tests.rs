//! Rules over real stores, evaluated by injected time.

mod lifecycle;
mod reload;
mod restart;
mod running;
mod script;
mod world;

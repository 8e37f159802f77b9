//! A mail server on loopback that follows a script: what it offers, and what it replies at which stage.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const CERT: &str = include_str!("../fixtures/server.pem");
const KEY: &str = include_str!("../fixtures/server.key");

/// What the server offers and replies.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) starttls: bool,
    /// Whether the connection begins encrypted.
    pub(super) implicit: bool,
    /// Mechanisms; empty: no `AUTH`.
    pub(super) auth: &'static str,
    /// Replies in place of the usual ones, by the command (`CONNECT` and `BODY` too); an empty one hangs up.
    pub(super) answers: Vec<(&'static str, &'static str)>,
}

/// What one client said.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub(super) commands: Vec<String>,
    pub(super) mail: String,
}

impl Session {
    /// A header of the mail; empty where it has none.
    pub(super) fn header(&self, name: &str) -> String {
        let start = format!("{name}: ");
        self.mail.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
    }
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) port: u16,
    sessions: Arc<Mutex<Vec<Session>>>,
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl Server {
    pub(super) fn start(script: Script) -> Self {
        // All of 127.0.0.0/8, so that a test can use an address that is not taken for this machine.
        let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sessions: Arc<Mutex<Vec<Session>>> = Arc::default();
        let log = Arc::clone(&sessions);
        std::thread::spawn(move || {
            for (index, stream) in listener.incoming().flatten().enumerate() {
                log.lock().expect("the log").push(Session::default());
                let mut client = Client { script: &script, log: &log, index };
                // A client that hangs up has its reasons.
                let _ = client.serve(stream);
            }
        });
        Self { port, sessions }
    }

    pub(super) fn session(&self, index: usize) -> Session {
        self.sessions.lock().expect("the log")[index].clone()
    }
}

struct Client<'a> {
    script: &'a Script,
    log: &'a Mutex<Vec<Session>>,
    index: usize,
}

impl Client<'_> {
    fn serve(&mut self, stream: TcpStream) -> io::Result<()> {
        if self.script.implicit {
            return self.talk(&mut BufReader::new(encrypted(stream)?), true, true).map(drop);
        }
        let mut plain = BufReader::new(stream);
        if self.talk(&mut plain, true, false)? {
            self.talk(&mut BufReader::new(encrypted(plain.into_inner())?), false, true)?;
        }
        Ok(())
    }

    /// Whether the client wants to go on encrypted.
    fn talk(&self, stream: &mut BufReader<impl Stream>, greets: bool, encrypted: bool) -> io::Result<bool> {
        if greets {
            self.reply(stream, "CONNECT", "220 test ESMTP")?;
        }
        loop {
            let said = read_line(stream)?;
            self.note(|session| session.commands.push(said.clone()));
            let command = said.split(' ').next().unwrap_or_default().to_uppercase();
            match command.as_str() {
                "EHLO" => self.reply(stream, "EHLO", &self.greeting(encrypted))?,
                "STARTTLS" => {
                    self.reply(stream, "STARTTLS", "220 go ahead")?;
                    return Ok(true);
                }
                "AUTH" => self.log_in(stream, &said)?,
                "DATA" => {
                    self.reply(stream, "DATA", "354 go ahead")?;
                    self.take_mail(stream)?;
                    self.reply(stream, "BODY", "250 taken")?;
                }
                "QUIT" => {
                    self.reply(stream, "QUIT", "221 bye")?;
                    return Ok(false);
                }
                other => self.reply(stream, other, "250 ok")?,
            }
        }
    }

    fn greeting(&self, encrypted: bool) -> String {
        let mut lines = vec!["test".to_owned(), "8BITMIME".to_owned()];
        if self.script.starttls && !encrypted {
            lines.push("STARTTLS".to_owned());
        }
        if !self.script.auth.is_empty() {
            lines.push(format!("AUTH {}", self.script.auth));
        }
        let last = lines.len() - 1;
        let signed = |(at, line): (usize, &String)| format!("250{}{line}", if at == last { " " } else { "-" });
        lines.iter().enumerate().map(signed).collect::<Vec<_>>().join("\r\n")
    }

    fn log_in(&self, stream: &mut BufReader<impl Stream>, said: &str) -> io::Result<()> {
        let challenges: &[&str] = match said {
            "AUTH LOGIN" => &["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"],
            // `<1@home>`
            "AUTH CRAM-MD5" => &["334 PDFAaG9tZT4="],
            _ => &[],
        };
        for challenge in challenges {
            write(stream, challenge)?;
            let answer = read_line(stream)?;
            self.note(|session| session.commands.push(answer));
        }
        self.reply(stream, "AUTH", "235 welcome")
    }

    fn take_mail(&self, stream: &mut BufReader<impl Stream>) -> io::Result<()> {
        loop {
            let line = read_line(stream)?;
            if line == "." {
                return Ok(());
            }
            let line = line.strip_prefix('.').unwrap_or(&line).to_owned();
            self.note(|session| session.mail.push_str(&format!("{line}\r\n")));
        }
    }

    fn note(&self, note: impl FnOnce(&mut Session)) {
        note(&mut self.log.lock().expect("the log")[self.index]);
    }

    fn reply(&self, stream: &mut BufReader<impl Stream>, stage: &str, usual: &str) -> io::Result<()> {
        let own = self.script.answers.iter().find(|(at, _)| *at == stage);
        match own {
            Some((_, "")) => Err(io::ErrorKind::ConnectionAborted.into()),
            Some((_, own)) => write(stream, own),
            None => write(stream, usual),
        }
    }
}

fn write(stream: &mut BufReader<impl Stream>, line: &str) -> io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
    stream.get_mut().flush()
}

fn read_line(stream: &mut BufReader<impl Stream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn encrypted(stream: TcpStream) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let chain = vec![CertificateDer::from_pem_slice(CERT.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a server");
    let connection = ServerConnection::new(Arc::new(config)).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}

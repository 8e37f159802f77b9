//! Tables of what a folder shows and what is made of it.

use super::*;

fn seen(name: &str, inode: u64, modified: i64) -> Seen {
    Seen {
        name: name.to_owned(),
        identity: Identity { device: 1, inode, born: 0 },
        modified: modified * CLOCK_STEP,
        bytes: 50,
        form: names::form(name),
        is_named: name == "a.log",
        has_past: false,
    }
}

fn known(id: u64, inode: u64, read: u64) -> Known {
    Known {
        id,
        base: "a.log".to_owned(),
        name: "a.log".to_owned(),
        identity: Identity { device: 1, inode, born: 0 },
        proof: Proof { at: read, ..Proof::default() },
        is_unread: false,
        is_open: false,
        is_lost: false,
    }
}

/// The file under the base name, read and open.
fn open() -> Known {
    Known { is_open: true, ..known(1, 1, 50) }
}

/// `same` are the pairs of a name and a known file whose content agrees.
fn check(knowns: &[Known], seens: &[Seen], since: Option<Since>, same: &[(&str, u64)], expected: &[Action]) {
    let content = |name: &str, known, _| same.contains(&(name, known)).then_some(Content::Same);
    check_content(knowns, seens, since, &content, expected);
}

/// `content` tells of a name, a known file, and whether that one is there; `None` is other content.
fn check_content(
    knowns: &[Known],
    seens: &[Seen],
    since: Option<Since>,
    content: &dyn Fn(&str, u64, bool) -> Option<Content>,
    expected: &[Action],
) {
    let bases = since.into_iter().map(|since| ("a.log".to_owned(), since)).collect();
    let mut probe = |seen: &Seen, known: &Known, present: Option<&Seen>| {
        content(&seen.name, known.id, present.is_some()).unwrap_or(Content::Other)
    };
    assert_eq!(decide(knowns, seens, &bases, &mut probe), expected);
}

fn begin(seen: usize) -> Action {
    Action::Begin { seen, base: "a.log".to_owned() }
}

fn pass(seen: usize) -> Action {
    Action::Pass { seen, base: "a.log".to_owned() }
}

const RUNNING: Option<Since> = Some(Since::LastLook);

#[test]
fn a_first_look_begins_the_named_file_only() {
    let seens = [seen("a.log", 1, 9), seen("a.log.1", 2, 5), seen("a.log.2.gz", 3, 4), seen("b.log.1", 4, 4)];
    check(&[], &seens, None, &[], &[pass(2), pass(1), begin(0)]);
    check(&[], &[seen("a.log.1", 2, 5)], None, &[], &[]);
}

#[test]
fn a_first_look_may_begin_with_the_past() {
    let base = Seen { has_past: true, ..seen("a.log", 1, 9) };
    let seens = [base, seen("a.log.1", 2, 5), seen("a.log.2.gz", 3, 4)];
    check(&[], &seens, None, &[], &[begin(2), begin(1), begin(0)]);
}

#[test]
fn a_renamed_file_is_kept_and_the_new_one_begun() {
    let seens = [seen("a.log", 2, 9), seen("a.log.1", 1, 8)];
    let same = [("a.log.1", 1)];
    check(&[known(1, 1, 50)], &seens, RUNNING, &same, &[Action::Keep { id: 1, seen: 1 }, begin(0)]);
    // Nothing was read: the inode is all there is to go by.
    check(&[known(1, 1, 0)], &seens, RUNNING, &[], &[Action::Keep { id: 1, seen: 1 }, begin(0)]);
}

#[test]
fn a_reused_inode_is_another_file() {
    let seens = [seen("a.log", 1, 9), seen("a.log.1.gz", 2, 9)];
    let adopted = Action::Adopt { id: 1, seen: 1 };
    check(&[known(1, 1, 50)], &seens, RUNNING, &[("a.log.1.gz", 1)], &[Action::Lose { id: 1 }, adopted, begin(0)]);
    let mut reborn = known(1, 1, 0);
    reborn.identity.born = 7;
    let mut seens = [seen("a.log", 1, 9)];
    seens[0].identity.born = 8;
    check(&[reborn], &seens, RUNNING, &[], &[begin(0), Action::Miss { id: 1 }]);
}

#[test]
fn a_copy_is_read_only_when_the_original_is_gone() {
    let seens = [seen("a.log", 1, 9), seen("a.log.1", 2, 9)];
    let same = [("a.log", 1), ("a.log.1", 1)];
    check(&[known(1, 1, 50)], &seens, RUNNING, &same, &[Action::Keep { id: 1, seen: 0 }]);
    let lost = Known { is_lost: true, ..known(1, 1, 50) };
    check(&[lost], &seens, RUNNING, &[("a.log.1", 1)], &[Action::Adopt { id: 1, seen: 1 }, begin(0)]);
}

#[test]
fn what_was_left_behind_is_begun_oldest_first() {
    let seens = [seen("a.log", 5, 30), seen("a.log.1", 4, 20), seen("a.log.2.gz", 3, 10), seen("a.log.3.gz", 2, 5)];
    let away = Some(Since::Written(7 * CLOCK_STEP));
    let kept = Action::Adopt { id: 1, seen: 2 };
    check(&[known(1, 1, 50)], &seens, away, &[("a.log.2.gz", 1)], &[pass(3), kept, begin(1), begin(0)]);
    // Times that are equal leave the order to the names.
    let seens = [seen("a.log", 5, 30), seen("a.log.1", 4, 30), seen("a.log.2", 3, 30)];
    check(&[], &seens, RUNNING, &[], &[begin(2), begin(1), begin(0)]);
}

#[test]
fn devices_may_be_numbered_anew() {
    let mut seens = [seen("a.log", 1, 9)];
    seens[0].identity.device = 2;
    check(
        &[known(1, 1, 50)],
        &seens,
        Some(Since::Written(7 * CLOCK_STEP)),
        &[("a.log", 1)],
        &[Action::Keep { id: 1, seen: 0 }],
    );
    check(&[known(1, 1, 50)], &seens, Some(Since::Written(7 * CLOCK_STEP)), &[], &[begin(0), Action::Miss { id: 1 }]);
}

#[test]
fn the_same_banner_in_a_new_file_is_new() {
    let seens = [seen("a.log", 2, 9), seen("a.log.1", 1, 8)];
    let same = [("a.log.1", 1), ("a.log", 1)];
    check(&[known(1, 1, 50)], &seens, RUNNING, &same, &[Action::Keep { id: 1, seen: 1 }, begin(0)]);
}

#[test]
fn one_inode_under_two_names_is_one_file() {
    let seens = [seen("a.log", 1, 9), seen("a.log.1", 1, 9)];
    check(&[known(1, 1, 50)], &seens, RUNNING, &[("a.log", 1)], &[Action::Keep { id: 1, seen: 0 }]);
}

#[test]
fn a_copy_that_is_being_made_is_left_alone() {
    let keep = Action::Keep { id: 1, seen: 0 };
    let seens = [seen("a.log", 1, 9), seen("a.log.1", 2, 9)];
    let part = |name: &str, _, is_present: bool| (name == "a.log.1" && is_present).then_some(Content::Part);
    check_content(&[open()], &seens, RUNNING, &part, std::slice::from_ref(&keep));
    // Nobody can tell whose copy an empty file will be.
    let seens = [seen("a.log", 1, 9), Seen { bytes: 0, ..seen("a.log.1", 2, 9) }];
    check(&[open()], &seens, RUNNING, &[], &[keep]);
}

#[test]
fn a_file_that_was_begun_and_not_read_is_decided_anew() {
    let seens = [seen("a.log", 1, 9), seen("a.log.1", 2, 9)];
    let begun = Known { name: "a.log.1".to_owned(), is_unread: true, is_open: true, ..known(2, 2, 50) };
    let kept = [Action::Keep { id: 1, seen: 0 }, Action::Keep { id: 2, seen: 1 }];
    let dropped = Action::Drop { id: 2 };
    let same = [("a.log.1", 1)];
    check(&[open(), begun.clone()], &seens, RUNNING, &[], &kept);
    let with_drop: Vec<_> = kept.iter().cloned().chain([dropped.clone()]).collect();
    check(&[open(), begun.clone()], &seens, RUNNING, &same, &with_drop);
    // What was read of a file stays, whatever looks like it.
    let read = Known { is_unread: false, ..begun.clone() };
    check(&[open(), read], &seens, RUNNING, &same, &kept);
    let lost = Known { is_lost: true, ..known(1, 1, 50) };
    let adopted = [Action::Keep { id: 2, seen: 1 }, dropped, Action::Adopt { id: 1, seen: 1 }, begin(0)];
    check(&[lost, begun], &seens, RUNNING, &same, &adopted);
}

#[test]
fn a_compressed_file_counts_once_the_plain_one_is_gone() {
    let seens = [seen("a.log", 1, 9), seen("a.log.1", 2, 5), seen("a.log.1.gz", 3, 6)];
    check(&[open()], &seens, RUNNING, &[], &[Action::Keep { id: 1, seen: 0 }, begin(1)]);
    let seens = [seen("a.log", 1, 9), seen("a.log.1.gz", 3, 6)];
    check(&[open()], &seens, RUNNING, &[], &[Action::Keep { id: 1, seen: 0 }, begin(1)]);
}

//! What can be typed, and what is said about it.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use proptest::prelude::*;

fn order(line: &str) -> Order {
    parse(line).unwrap().unwrap()
}

fn wrong(line: &str) -> String {
    parse(line).unwrap_err()
}

#[test]
fn every_command_is_said_as_its_usage_shows() {
    for spec in COMMANDS {
        let mut line = spec.name.to_owned();
        for kind in spec.args {
            line += match kind {
                Kind::Person => " Bo",
                Kind::Role => " builder",
                Kind::Capability => " edit-others",
                Kind::Number(_) => " 5",
                Kind::Quota => " things=5",
                Kind::Command => " kick",
                Kind::Text(_) => " one word and another",
            };
        }
        let order = order(&line);
        assert_eq!(order.verb, spec.verb, "{line}");
        assert_eq!(
            order.given.person.is_some(),
            spec.args.contains(&Kind::Person),
            "{line}"
        );
        assert!(spec.help.ends_with('.'), "{}", spec.help);
        // With what is needed, and nothing of the rest.
        let short: Vec<&str> = line.split(' ').take(1 + spec.needed).collect();
        assert!(parse(&short.join(" ")).is_ok(), "{short:?}");
        if spec.needed > 0 {
            let shorter: Vec<&str> = line.split(' ').take(spec.needed).collect();
            assert!(wrong(&shorter.join(" ")).contains("missing"), "{shorter:?}");
        }
    }
}

#[test]
fn no_two_commands_have_one_name() {
    for (at, spec) in COMMANDS.iter().enumerate() {
        assert!(COMMANDS[at + 1..].iter().all(|other| other.name != spec.name));
    }
}

#[test]
fn a_name_with_spaces_is_written_in_quotes_and_a_reason_needs_none() {
    let kick = order("kick \"Mei Ling\" you were rude");
    assert_eq!(kick.given.person.as_deref(), Some("Mei Ling"));
    assert_eq!(kick.given.text.as_deref(), Some("you were rude"));
    assert!(wrong("kick \"Mei").contains("not closed"));
}

#[test]
fn a_number_behind_history_is_how_many_unless_more_follows() {
    assert_eq!(order("history 20").given.number, Some(20));
    assert_eq!(order("history 20").given.person, None);
    assert_eq!(order("history #20").given.person.as_deref(), Some("#20"));
    let both = order("history 3 20");
    assert_eq!(
        (both.given.person.as_deref(), both.given.number),
        (Some("3"), Some(20))
    );
    assert_eq!(order("history Bo").given.person.as_deref(), Some("Bo"));
}

#[test]
fn a_stop_has_a_time_a_reason_both_or_neither() {
    let given = |line| {
        let given = order(line).given;
        (given.number, given.text)
    };
    assert_eq!(given("stop"), (None, None));
    assert_eq!(given("stop 30"), (Some(30), None));
    assert_eq!(given("stop good night"), (None, Some("good night".to_owned())));
    assert_eq!(
        given("stop 30 good night"),
        (Some(30), Some("good night".to_owned()))
    );
}

#[test]
fn what_is_mistyped_gets_a_suggestion() {
    assert!(wrong("kcik Bo").contains("perhaps kick?"));
    assert!(wrong("peple").contains("perhaps people?"));
    assert!(wrong("roll Bo 5").contains("perhaps rollback?"));
    assert!(!wrong("xyzzy").contains("perhaps"));
    assert!(wrong("role Bo bilder").contains("perhaps builder?"));
    assert!(wrong("role Bo king").contains("owner, moderator"));
    assert!(wrong("allow Bo edit").contains("perhaps edit-own?"));
    assert!(wrong("silence Bo soon").contains("no whole number"));
    assert!(wrong("lock now").contains("too much"));
}

#[test]
fn an_heir_and_heirs_are_not_taken_for_each_other() {
    assert_eq!(order("heirs").verb, Verb::Heirs);
    assert_eq!(
        order("heir \"Mei Ling\"").given.person.as_deref(),
        Some("Mei Ling")
    );
    assert!(wrong("heir").contains("PERSON is missing"));
    assert!(wrong("heirs Bo").contains("too much"));
    assert_eq!(order("hand-over").verb, Verb::HandOver);
    assert!(wrong("handover").contains("perhaps hand-over?"));
    assert_eq!(order("/Go-On").verb, Verb::GoOn);
}

#[test]
fn a_ban_and_a_bar_are_not_taken_for_each_other() {
    assert_eq!(order("bars").verb, Verb::Bars);
    assert_eq!(order("unban Bo").verb, Verb::Unban);
    let unbar = order("unbar 2001:db8:0:1::/64");
    assert_eq!(unbar.verb, Verb::Unbar);
    assert_eq!(unbar.given.text.as_deref(), Some("2001:db8:0:1::/64"));
    assert!(wrong("unbar").contains("ADDRESS is missing"));
    assert!(wrong("bars Bo").contains("too much"));
}

#[test]
fn quotas_are_read_with_their_units() {
    let quota = |line| order(line).given.quota;
    assert_eq!(quota("quota Bo"), None);
    assert_eq!(quota("quota Bo default"), Some(Allotted::Default));
    assert_eq!(
        quota("quota Bo things=10 bytes=2M"),
        Some(Allotted::These(vec![("things", 10), ("bytes", 2 << 20)]))
    );
    assert!(wrong("quota Bo things").contains("things=200"));
    assert!(wrong("quota Bo thigns=2").contains("perhaps things?"));
    assert!(wrong("quota Bo bytes=99999999999999G").contains("no amount"));
}

#[test]
fn nothing_and_remarks_are_no_orders() {
    for line in ["", "   ", "# a remark", "\t"] {
        assert_eq!(parse(line), Ok(None));
    }
}

#[test]
fn words_are_completed_by_what_may_stand_there() {
    let people = ["Bo".to_owned(), "Mei Ling".to_owned()];
    assert_eq!(complete("ki", &people), (0, vec!["kick".to_owned()]));
    assert_eq!(complete("kick m", &people), (5, vec!["\"Mei Ling\"".to_owned()]));
    assert_eq!(complete("role Bo b", &people), (8, vec!["builder".to_owned()]));
    assert_eq!(
        complete("grant guest edit-", &people).1,
        ["edit-own", "edit-others"]
    );
    assert_eq!(complete("quota Bo things=2 by", &people).1, ["bytes="]);
    assert_eq!(complete("help st", &people).1, ["status", "stop", "stay"]);
    assert!(complete("say he", &people).1.is_empty());
}

proptest! {
    #[test]
    fn whatever_is_typed_is_an_order_or_a_sentence(line in "\\PC{0,60}") {
        let _ = parse(&line);
        let (start, _) = complete(&line, &["Bo".to_owned()]);
        prop_assert!(line.is_char_boundary(start));
    }

    #[test]
    fn commands_with_anything_behind_them_are_read(at in 0..COMMANDS.len(), rest in "\\PC{0,30}") {
        let _ = parse(&format!("{} {rest}", COMMANDS[at].name));
    }
}

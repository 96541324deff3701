//! Sentences for what can be wrong with an avatar, and for what its licence says.

use super::Refusal;
use super::document::{Commercial, Meta};
use super::error::{AvatarError, Measure};
use super::licence::Reserved;
use super::wire::WhyNot;
use crate::words::Words;
use crate::world::shown;

/// What happened and what to do about it.
pub(super) fn error(words: &Words, error: &AvatarError) -> String {
    match error {
        AvatarError::UnknownKind => words.say("avatar-error-unknown"),
        AvatarError::TooMuch { what, found, max } => words.with(
            "avatar-error-too-much",
            &[
                ("what", measure(words, *what).into()),
                ("found", (*found).into()),
                ("max", (*max).into()),
            ],
        ),
        AvatarError::Version { found } => {
            words.with("avatar-error-version", &[("found", shown(found).into())])
        }
        AvatarError::Syntax { .. } | AvatarError::Damaged { .. } => words.say("avatar-error-damaged"),
        AvatarError::MissingPart { file } => words.with("avatar-error-part", &[("file", shown(file).into())]),
        AvatarError::Extension { name } => {
            words.with("avatar-error-extension", &[("name", shown(name).into())])
        }
        AvatarError::MissingBones { bones } => {
            // As the programs call them in which they are named.
            let names: Vec<&str> = bones.iter().map(|bone| bone.name()).collect();
            words.with("avatar-error-bones", &[("bones", names.join(", ").into())])
        }
        AvatarError::Empty => words.say("avatar-error-empty"),
    }
}

fn measure(words: &Words, measure: Measure) -> String {
    words.say(match measure {
        Measure::FileBytes => "avatar-measure-bytes",
        Measure::DescriptionBytes => "avatar-measure-description",
        Measure::DescriptionMemory => "avatar-measure-memory",
        Measure::Triangles => "avatar-measure-triangles",
        Measure::Vertices => "avatar-measure-vertices",
        Measure::Bones => "avatar-measure-bones",
        Measure::Nodes => "avatar-measure-nodes",
        Measure::Parts => "avatar-measure-parts",
        Measure::Materials => "avatar-measure-materials",
        Measure::Textures => "avatar-measure-textures",
        Measure::Pixels => "avatar-measure-pixels",
    })
}

/// What stands against wearing it among others, naming the field.
pub(super) fn reserved(words: &Words, reserved: Reserved) -> String {
    words.say(match reserved {
        Reserved::ForItsAuthor => "avatar-for-author",
        Reserved::ForLicensed => "avatar-for-licensed",
        Reserved::NotPassedOn => "avatar-not-passed-on",
    })
}

/// Why others do not see it.
pub(super) fn refused(words: &Words, why: WhyNot) -> String {
    words.say(match why {
        WhyNot::TooLarge => "avatar-refused-large",
        WhyNot::TooOften => "avatar-refused-often",
        WhyNot::Full => "avatar-refused-full",
        WhyNot::NotReceived => "avatar-refused-lost",
    })
}

/// Why somebody else is not shown in what they wear.
pub(crate) fn not_shown(words: &Words, refusal: &Refusal) -> String {
    words.say(match refusal {
        Refusal::NotReceived => "avatar-other-lost",
        Refusal::Unreadable(_) => "avatar-other-unreadable",
        Refusal::NotAsSaid => "avatar-other-not-as-said",
        Refusal::Licence => "avatar-other-licence",
        Refusal::NoRoom => "avatar-other-no-room",
    })
}

/// Who made it and what they ask of its wearer, a line each.
pub(super) fn licence(words: &Words, meta: &Meta) -> Vec<String> {
    let mut lines = Vec::new();
    if !meta.authors.is_empty() {
        lines.push(words.with("avatar-by", &[("authors", meta.authors.join(", ").into())]));
    }
    let name = if meta.licence_url.is_empty() {
        &meta.licence
    } else {
        &meta.licence_url
    };
    if !name.is_empty() {
        lines.push(words.with("avatar-licence", &[("licence", name.clone().into())]));
    }
    for (is_so, key) in [
        (meta.credit_required == Some(true), "avatar-credit"),
        (meta.violent == Some(false), "avatar-not-violent"),
        (meta.sexual == Some(false), "avatar-not-sexual"),
        (
            matches!(meta.commercial, Commercial::No | Commercial::PersonalNonProfit),
            "avatar-not-commercial",
        ),
    ] {
        if is_so {
            lines.push(words.say(key));
        }
    }
    lines
}

//! Obeys what an avatar's file allows.
//!
//! Whoever shows an avatar has received its file, so a file that may not be passed on is not, unless its wearer says
//! that they have the right: they may be its author. The declaration travels with the avatar, and whoever shows it looks
//! into the file for themselves.

use super::document::{Meta, WornBy};

/// A field of the file that stands against wearing it among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// `avatarPermission: onlyAuthor`, or `allowedUserName: OnlyAuthor`.
    ForItsAuthor,
    /// `avatarPermission: onlySeparatelyLicensedPerson`, or `allowedUserName: ExplicitlyLicensedPerson`.
    ForLicensed,
    /// `allowRedistribution: false`, or `licenseName: Redistribution_Prohibited`.
    NotPassedOn,
}

/// Everything that stands against it.
pub fn reserved(meta: &Meta) -> Vec<Reserved> {
    let worn_by = match meta.worn_by {
        WornBy::OnlyAuthor => Some(Reserved::ForItsAuthor),
        WornBy::Licensed => Some(Reserved::ForLicensed),
        WornBy::Unsaid | WornBy::Everyone => None,
    };
    let passed_on = (meta.redistribution == Some(false)).then_some(Reserved::NotPassedOn);
    worn_by.into_iter().chain(passed_on).collect()
}

/// Whether its wearer has to say that they have the right before others get it.
pub fn needs_declaration(meta: &Meta) -> bool {
    !reserved(meta).is_empty()
}

/// Whether somebody who declares nothing may at least wear it where only they see it.
pub fn may_be_tried_on(meta: &Meta) -> bool {
    matches!(meta.worn_by, WornBy::Unsaid | WornBy::Everyone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(worn_by: WornBy, redistribution: Option<bool>) -> Meta {
        Meta {
            worn_by,
            redistribution,
            ..Meta::default()
        }
    }

    #[test]
    fn what_the_file_reserves_is_asked_about_and_nothing_else() {
        assert!(reserved(&meta(WornBy::Everyone, Some(true))).is_empty());
        assert!(
            !needs_declaration(&meta(WornBy::Unsaid, None)),
            "silence forbids nothing"
        );
        let strict = meta(WornBy::OnlyAuthor, Some(false));
        assert_eq!(reserved(&strict), [Reserved::ForItsAuthor, Reserved::NotPassedOn]);
        assert!(!may_be_tried_on(&strict));
        let kept = meta(WornBy::Everyone, Some(false));
        assert!(needs_declaration(&kept) && may_be_tried_on(&kept));
    }
}

//! What one wears is worn again at the next start: the look, the avatar's file, and the answer to its licence, in the
//! vault of this device or page.
//!
//! Flow: at the start the vault → [`Own`] and [`TryOn`]; whenever [`Own`] changed → the vault.
//! Invariant: an answer counts only for the very file it was given for.

use super::limits;
use super::own::{Answer, Own, OwnAvatar, TakeOff, TryOn};
use crate::people::look::Look;
use crate::platform::Vault;
use bevy::prelude::*;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, put_on_again).add_systems(Last, keep);
}

/// The file, and `hash` with the answer to its licence.
const FILE: &str = "avatar.vrm";
const ANSWER: &str = "avatar.answer";
const LOOK: &str = "look";

fn put_on_again(vault: Option<Res<Vault>>, mut own: ResMut<Own>, mut wishes: MessageWriter<TryOn>) {
    let Some(vault) = vault else { return };
    if let Ok(Some(look)) = vault.load(LOOK) {
        own.look = postcard::from_bytes::<Look>(&look)
            .ok()
            .map(|look| look.checked());
    }
    match vault.load_up_to(FILE, limits::MAX_FILE_BYTES as u64) {
        Ok(Some(bytes)) => {
            let kept = vault.load(ANSWER).ok().flatten().unwrap_or_default();
            let answer = match kept.split_last() {
                Some((answer, hash)) if hash == blake3::hash(&bytes).as_bytes() => match answer {
                    b's' => Some(Answer::IMayShowIt),
                    b'm' => Some(Answer::OnlyMe),
                    _ => None,
                },
                _ => None,
            };
            if !bytes.is_empty() {
                wishes.write(TryOn {
                    bytes: bytes.into(),
                    answer,
                });
            }
        }
        Ok(None) => {}
        Err(error) => warn!("the avatar that was worn last could not be read: {error}"),
    }
}

/// Keeps what is worn, once it is; nothing worn is an empty file.
fn keep(
    vault: Option<Res<Vault>>,
    own: Res<Own>,
    mut off: MessageReader<TakeOff>,
    mut kept: Local<Option<([u8; 32], Option<Answer>)>>,
    mut look: Local<Option<Look>>,
) {
    let Some(vault) = vault else { return };
    // Also one that never got as far as being worn since the start.
    if off.read().count() > 0 {
        *kept = None;
        if let Err(error) = vault.save(FILE, &[]) {
            warn!("the avatar that was taken off is still kept: {error}");
        }
    }
    if !own.is_changed() {
        return;
    }
    if own.look != *look
        && let Some(now) = own.look
        && let Ok(bytes) = postcard::to_stdvec(&now)
        && vault.save(LOOK, &bytes).is_ok()
    {
        *look = Some(now);
    }
    let saved = match &own.avatar {
        OwnAvatar::Worn {
            bytes,
            document,
            answer,
        } if *kept != Some((document.hash, *answer)) => {
            *kept = Some((document.hash, *answer));
            let letter = match answer {
                Some(Answer::IMayShowIt) => b's',
                Some(Answer::OnlyMe) => b'm',
                None => b'-',
            };
            let mut said = document.hash.to_vec();
            said.push(letter);
            vault.save(ANSWER, &said).and_then(|()| vault.save(FILE, bytes))
        }
        _ => Ok(()),
    };
    if let Err(error) = saved {
        warn!("the avatar was not kept: {error}");
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::avatar::own::ChangeLook;
    use crate::people::look::Choice;

    fn start(folder: &std::path::Path) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::state::app::StatesPlugin))
            .add_plugins(crate::SimPlugins { embodied: false })
            .add_plugins(plugin)
            .insert_resource(Vault::at(Some(folder.to_owned())));
        app.finish();
        app.cleanup();
        app.update();
        app
    }

    #[test]
    fn the_last_answer_to_a_licence_is_the_one_kept_and_what_is_taken_off_stays_off() {
        let folder = std::env::temp_dir().join(format!("holm-answer-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let bytes = bytes::Bytes::from_static(include_bytes!("../../tests/avatars/cool_loops.vrm"));
        let document = std::sync::Arc::new(crate::avatar::read(&bytes).unwrap());
        let mut app = start(&folder);
        for (answer, letter) in [(Answer::IMayShowIt, b's'), (Answer::OnlyMe, b'm')] {
            app.world_mut().resource_mut::<Own>().avatar = OwnAvatar::Worn {
                bytes: bytes.clone(),
                document: document.clone(),
                answer: Some(answer),
            };
            app.update();
            let kept = std::fs::read(folder.join(ANSWER)).unwrap();
            assert_eq!(kept.last(), Some(&letter));
        }
        drop(app);
        // At the next start it is not worn yet, and may never be.
        let mut app = start(&folder);
        app.world_mut().write_message(TakeOff);
        app.update();
        assert!(std::fs::read(folder.join(FILE)).unwrap_or_default().is_empty());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_was_chosen_is_worn_after_a_restart_and_damage_costs_only_the_choice() {
        let folder = std::env::temp_dir().join(format!("holm-look-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let mut app = start(&folder);
        assert_eq!(app.world().resource::<Own>().look, None, "nobody chose yet");
        let chosen = Look::random(3).with(Choice::Hat, 4);
        app.world_mut().write_message(ChangeLook(chosen));
        app.update();
        drop(app);
        let mut app = start(&folder);
        assert_eq!(app.world().resource::<Own>().look, Some(chosen));
        app.world_mut()
            .write_message(ChangeLook(chosen.with(Choice::Hat, 1)));
        app.update();
        drop(app);
        assert_eq!(
            start(&folder).world().resource::<Own>().look,
            Some(chosen.with(Choice::Hat, 1)),
            "the last one counts"
        );
        for damage in [&[][..], &[200; 12], &[1; 5]] {
            std::fs::write(folder.join(LOOK), damage).unwrap();
            let app = start(&folder);
            let look = app.world().resource::<Own>().look;
            assert!(look.is_none_or(|look| look == look.checked()), "{damage:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

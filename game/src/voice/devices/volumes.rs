//! How loud each person is for whoever sits here: by account, remembered on this device.
//!
//! Flow: [`VoiceWish::Volume`] → [`Volumes`] → `ears` plays each voice so; a moment after the last change, or when Holm
//! closes, it is kept.
//! Invariants: nobody else is told of it; a volume is a number from 0 to 2, whatever stands in the file; a line that is
//! nobody costs only itself, a file that cannot be read is put aside.

use super::VoiceWish;
use crate::customs;
use crate::platform::Vault;
use crate::quit::Quit;
use bevy::prelude::*;
use data_encoding::HEXLOWER;
use holm_identity::AccountKey;
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Volumes>()
        .add_message::<Quit>()
        .add_systems(Startup, load)
        .add_systems(PreUpdate, apply)
        .add_systems(Last, keep);
}

/// How loud people are here, and what they were called. Whoever is as loud as they are is not in it.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct Volumes(BTreeMap<AccountKey, (String, f32)>);

/// As loud as they are.
const USUAL: f32 = 1.0;
/// Twice is 6 dB more: what a voice has left that was made as loud as others already.
const LOUDEST: f32 = 2.0;
/// The name it is kept under.
const NAME: &str = "volumes.ron";
/// Most people in it: each is a line of some 150 bytes, and the file must stay small.
const MOST: usize = 2_000;
const MAX_BYTES: usize = 512 * 1024;
/// Dragging a slider changes a volume sixty times a second; the disk hears of it once.
const SETTLE: Duration = Duration::from_millis(700);

/// A volume there is; none for what is no number.
fn fit(volume: f32) -> Option<f32> {
    volume.is_finite().then(|| volume.clamp(0.0, LOUDEST))
}

impl Volumes {
    /// 0 to 2; 1 is as they are.
    pub fn of(&self, account: &AccountKey) -> f32 {
        self.0.get(account).map_or(USUAL, |(_, volume)| *volume)
    }

    fn set(&mut self, account: AccountKey, name: &str, volume: f32) {
        let Some(volume) = fit(volume) else { return };
        if volume == USUAL {
            self.0.remove(&account);
        } else if self.0.len() < MOST || self.0.contains_key(&account) {
            self.0.insert(account, (customs::name(name), volume));
        }
    }
}

fn to_text(volumes: &Volumes) -> Option<String> {
    let lines: Vec<(String, &str, f32)> = volumes
        .0
        .iter()
        .map(|(key, (name, volume))| (HEXLOWER.encode(&key.0), name.as_str(), *volume))
        .collect();
    ron::ser::to_string_pretty(&lines, ron::ser::PrettyConfig::default()).ok()
}

fn from_text(text: &str) -> Option<Volumes> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let lines: Vec<(String, String, f32)> = ron::from_str(text).ok()?;
    let mut volumes = Volumes::default();
    for (key, name, volume) in lines {
        if let Ok(key) = HEXLOWER.decode(key.as_bytes())
            && let Ok(key) = key.try_into()
        {
            volumes.set(AccountKey(key), &name, volume);
        }
    }
    Some(volumes)
}

fn load(vault: Option<Res<Vault>>, mut volumes: ResMut<Volumes>) {
    let Some(vault) = vault else { return };
    let read = match vault.load(NAME) {
        Ok(None) => return,
        Ok(Some(bytes)) => core::str::from_utf8(&bytes)
            .ok()
            .and_then(from_text)
            .ok_or_else(|| "no list".to_owned()),
        Err(error) => Err(error),
    };
    match read {
        Ok(read) => *volumes.bypass_change_detection() = read,
        Err(error) => {
            let aside = vault.set_aside(NAME);
            warn!("{NAME} could not be read and was set aside: {error}: {aside:?}");
        }
    }
}

fn apply(mut wishes: MessageReader<VoiceWish>, mut volumes: ResMut<Volumes>) {
    for wish in wishes.read() {
        if let VoiceWish::Volume {
            account,
            name,
            volume,
        } = wish
        {
            volumes.set(*account, name, *volume);
        }
    }
}

fn keep(
    vault: Option<Res<Vault>>,
    volumes: Res<Volumes>,
    time: Res<Time<Real>>,
    mut quits: MessageReader<Quit>,
    mut due: Local<Option<Duration>>,
) {
    let quitting = quits.read().count() > 0;
    if volumes.is_changed() && !volumes.is_added() {
        *due = Some(time.elapsed() + SETTLE);
    }
    if due.is_none_or(|due| due > time.elapsed() && !quitting) {
        return;
    }
    *due = None;
    if let (Some(vault), Some(text)) = (vault, to_text(&volumes))
        && let Err(error) = vault.save(NAME, text.as_bytes())
    {
        warn!("{NAME} was not kept: {error}");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use bevy::time::TimeUpdateStrategy;
    use proptest::prelude::*;

    const BO: AccountKey = AccountKey([1; 32]);
    const ALI: AccountKey = AccountKey([9; 32]);

    fn some() -> Volumes {
        let mut volumes = Volumes::default();
        volumes.set(BO, "Bo \"the\" Loud", 0.3);
        volumes.set(ALI, "علي", 2.0);
        volumes
    }

    #[test]
    fn how_loud_somebody_is_stays_so() {
        assert_eq!(from_text(&to_text(&some()).unwrap()), Some(some()));
    }

    #[test]
    fn a_line_that_is_nobody_costs_only_itself() {
        let text = to_text(&some()).unwrap().replacen("0101", "zz", 1);
        let read = from_text(&text).unwrap();
        assert_eq!((read.of(&BO), read.of(&ALI)), (1.0, 2.0));
        assert_eq!(from_text("(not a list"), None);
        assert_eq!(from_text(&" ".repeat(MAX_BYTES + 1)), None);
    }

    #[test]
    fn a_volume_is_in_its_range_and_the_usual_one_takes_no_line() {
        let mut volumes = some();
        volumes.set(BO, "Bo", 9.0);
        assert_eq!(volumes.of(&BO), 2.0);
        volumes.set(BO, "Bo", f32::NAN);
        assert_eq!(volumes.of(&BO), 2.0);
        volumes.set(BO, "Bo", -1.0);
        assert_eq!(volumes.of(&BO), 0.0);
        volumes.set(BO, "Bo", 1.0);
        volumes.set(ALI, "Ali", 1.0);
        assert_eq!(volumes, Volumes::default());
    }

    #[test]
    fn a_full_list_takes_nobody_new_and_changes_whom_it_has() {
        let mut volumes = Volumes::default();
        let account = |number: usize| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_le_bytes());
            AccountKey(key)
        };
        for number in 0..=MOST {
            volumes.set(account(number), "somebody", 0.5);
        }
        assert_eq!(volumes.of(&account(MOST)), 1.0);
        volumes.set(account(0), "somebody", 0.2);
        assert_eq!(volumes.of(&account(0)), 0.2);
        let text = to_text(&volumes).unwrap();
        assert!(text.len() < MAX_BYTES, "{} bytes", text.len());
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_file_a_volume_is_one(key in "[0-9a-f]{62,66}", volume: f32, text in "\\PC{0,60}") {
            let line = format!("[({key:?}, {text:?}, {volume:?})]");
            for read in [from_text(&line), from_text(&text)].into_iter().flatten() {
                prop_assert!(read.0.values().all(|(_, volume)| (0.0..=2.0).contains(volume)));
            }
        }
    }

    #[cfg(not(target_family = "wasm"))]
    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("holm-volumes-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[cfg(not(target_family = "wasm"))]
    fn app(folder: &std::path::Path) -> App {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, plugin))
            .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_millis(100)))
            .insert_resource(Vault::at(Some(folder.to_owned())))
            .add_message::<VoiceWish>();
        app.update();
        app
    }

    #[cfg(not(target_family = "wasm"))]
    fn drag(app: &mut App, volume: f32) {
        app.world_mut().write_message(VoiceWish::Volume {
            account: BO,
            name: "Bo".to_owned(),
            volume,
        });
        app.update();
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_slider_that_is_dragged_is_kept_once_it_rests_or_when_holm_closes() {
        let folder = folder("drag");
        let mut first = app(&folder);
        for step in 0..20 {
            drag(&mut first, step as f32 / 100.0);
            assert!(!folder.join(NAME).exists());
        }
        for _ in 0..8 {
            first.update();
        }
        assert_eq!(app(&folder).world().resource::<Volumes>().of(&BO), 0.19);
        drag(&mut first, 1.5);
        first.world_mut().write_message(Quit::default());
        first.update();
        assert_eq!(app(&folder).world().resource::<Volumes>().of(&BO), 1.5);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(not(target_family = "wasm"))]
    #[test]
    fn a_file_that_cannot_be_read_is_put_aside() {
        for broken in [&b"[(\"01"[..], b"\xff\xfe", &[b'('; 70_000], &vec![b' '; 2 << 20]] {
            let folder = folder("broken");
            std::fs::write(folder.join(NAME), broken).unwrap();
            let app = app(&folder);
            assert_eq!(*app.world().resource::<Volumes>(), Volumes::default());
            let aside = folder.join(format!("{NAME}.broken0"));
            assert_eq!(std::fs::read(aside).unwrap(), broken);
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
}

//! Pictures of Holm for people and for tests: `holm --shot title|world --out FILE [--size WxH]`. Places (`place`) are
//! drawn without the interface, those of a world's author too: `holm --shot place --world FILE --eye X,Y,Z --look X,Y,Z`.
//!
//! Flow: a scripted scene in a real client (fixed time steps, fixed keys, fixed people) → frames until everything has
//! settled → one frame to a PNG → exit. The people of the world's scene are headless guests in this process, met
//! over the in-memory transport: what is seen has gone through hello, roster, chat and pose stream.
//! `gallery` draws every screen in every size, contrast and size of letters, to look at.
//! Invariant: nothing is read from this person's disk, and the same build draws the same picture.

mod folk;
pub(crate) mod gallery;
mod place;
mod visit;
mod workshop;

use crate::body::camera::Eye;
use crate::chat::Say;
use crate::profile::Profile;
use crate::screens::{Panel, Screens};
use crate::session::{Session, SessionPhase};
use crate::world::WorldStatus;
use crate::{SimPlugins, ViewPlugins};
use bevy::app::AppExit;
use bevy::prelude::*;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured, save_to_disk};
use bevy::time::TimeUpdateStrategy;
use bevy::winit::{UpdateMode, WinitSettings};
use holm_identity::Identity;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What to draw.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct Shot {
    pub scene: Scene,
    pub out: PathBuf,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where [`Scene::Place`] is seen from.
    pub view: Option<place::View>,
    /// Frames drawn more than needed: for measuring how long one takes.
    pub more_frames: u32,
    /// Not one picture but a folder of them: every screen of this scene's place in every dress, or only those with these
    /// names, commas between them.
    pub gallery: Option<(Option<String>, Option<String>)>,
}

/// The scenes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The title screen.
    Title,
    /// Somebody's world with two friends in it, who talk.
    World,
    /// The same with the invitation open.
    Invite,
    /// The same with the list of people and the chat open.
    People,
    /// Things that were built, and one in the hand.
    Build,
    /// A picture and a model that somebody brought, and a box for one that is not shown.
    Files,
    /// The same, some of them chosen, with handles on them.
    Chosen,
    /// Somebody else's world, of which one may take a copy along.
    Visit,
    /// A world without anybody in it, from a fixed point.
    Place,
}

const USAGE: &str = "Usage: holm --shot title|world|invite|people|build|chosen|files|visit|harbour-evening|-day|-night[-overview]|room[-morning|-night|-overview]|hall[-evening|-overview]|family|emotes|gaits|crowd[-1|-100] --out FILE.png [--size WIDTHxHEIGHT] (320x200 to 3840x2160)\n       holm --shot place --world FILE [--moment N] --eye X,Y,Z --look X,Y,Z --out FILE.png\n       holm --shot vrm --avatar FILE.vrm --out FILE.png\n       holm --gallery title|world|visit --out FOLDER [--page NAMES] [--dress NAMES]";

/// One simulated frame. Coarse: software rendering draws six frames a second, and scenes last seconds.
const FRAME: Duration = Duration::from_millis(50);

/// Frames until a scene has settled: people have met, walked to their places, said their lines.
fn frames(scene: Scene) -> u32 {
    match scene {
        Scene::Title | Scene::Place => 32,
        Scene::World
        | Scene::Invite
        | Scene::People
        | Scene::Build
        | Scene::Chosen
        | Scene::Files
        | Scene::Visit => 230,
    }
}

/// Reads the command line; `None` when no picture is asked for.
pub fn asked(args: impl Iterator<Item = String>) -> Option<Result<Shot, &'static str>> {
    let args: Vec<String> = args.collect();
    if !args.iter().any(|arg| arg == "--shot" || arg == "--gallery") {
        return None;
    }
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).map(String::as_str)
    };
    let gallery = value("--gallery");
    let mut view = None;
    let scene = match gallery
        .filter(|place| ["title", "world", "visit"].contains(place))
        .or(value("--shot"))
    {
        Some("title") => Scene::Title,
        Some("world") => Scene::World,
        Some("invite") => Scene::Invite,
        Some("people") => Scene::People,
        Some("build") => Scene::Build,
        Some("files") => Scene::Files,
        Some("chosen") => Scene::Chosen,
        Some("visit") => Scene::Visit,
        Some(name) => match place::asked(name, value) {
            Some(asked) => {
                view = Some(asked);
                Scene::Place
            }
            None => return Some(Err(USAGE)),
        },
        _ => return Some(Err(USAGE)),
    };
    let size = value("--size")
        .unwrap_or("960x540")
        .split_once('x')
        .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let size = size.filter(|(w, h): &(u32, u32)| (320..=3840).contains(w) && (200..=2160).contains(h));
    match (value("--out"), size) {
        (Some(out), Some(size)) => Some(Ok(Shot {
            scene,
            out: out.into(),
            size,
            view,
            more_frames: value("--more-frames")
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
            gallery: gallery.map(|_| {
                (
                    value("--page").map(str::to_owned),
                    value("--dress").map(str::to_owned),
                )
            }),
        })),
        _ => Some(Err(USAGE)),
    }
}

/// Draws it. Needs a display (`xvfb-run` is one) and a Vulkan driver (a software one will do).
pub fn run(shot: Shot) -> ExitCode {
    let window = Window {
        resolution: shot.size.into(),
        resizable: false,
        ..crate::view::window()
    };
    let mut app = App::new();
    app.add_plugins(crate::view::engine(window, true))
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO))
        // A hundred frames a second leave a processor for what builds the world beside them.
        .insert_resource(WinitSettings {
            focused_mode: UpdateMode::reactive(Duration::from_millis(10)),
            unfocused_mode: UpdateMode::reactive(Duration::from_millis(10)),
        })
        .insert_resource(profile(1, "Ada"))
        .insert_resource(crate::settings::Settings {
            guide: false,
            ..default()
        })
        .add_plugins((SimPlugins { embodied: true }, ViewPlugins))
        .insert_resource(Progress {
            frame: 0,
            waited: 0,
            out: shot.out.clone(),
        })
        .insert_resource(shot.clone());
    match &shot.gallery {
        Some((page, dress)) => gallery::hang(
            &mut app,
            shot.scene,
            shot.out.clone(),
            page.as_deref(),
            dress.as_deref(),
        ),
        None => {
            app.add_systems(Update, (direct, shoot).chain());
        }
    }
    if let Some(view) = &shot.view {
        place::stand(&mut app, view.clone());
    }
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(code) => ExitCode::from(code.get()),
    }
}

/// Fixed keys: the same colours in every picture.
fn profile(seed: u8, name: &str) -> Profile {
    Profile {
        identity: Identity::from_secrets(&[seed; 32], &[seed ^ 0x55; 32]),
        name: name.to_owned(),
    }
}

#[derive(Resource)]
struct Progress {
    frame: u32,
    waited: u32,
    out: PathBuf,
}

/// Frames drawn before the one that is kept: interface layout settles, textures arrive.
const DRAWN_FRAMES: u32 = 12;

fn shoot(
    mut commands: Commands,
    shot: Res<Shot>,
    mut progress: ResMut<Progress>,
    mut cameras: Query<&mut Camera>,
    status: Res<WorldStatus>,
    cost: crate::world::view::Cost,
    clocked: Option<Res<folk::Clocked>>,
) {
    // The world is built beside the frames; the script begins when it stands.
    match *status {
        WorldStatus::Ready => progress.frame += 1,
        _ => progress.waited += 1,
    }
    // No time passes before: how long the building took must not be seen in the picture.
    if progress.frame == 1 {
        commands.insert_resource(match clocked {
            Some(_) => TimeUpdateStrategy::Automatic,
            None => TimeUpdateStrategy::ManualDuration(FRAME),
        });
    }
    // Five minutes of a busy machine. The driver may never answer, either (a window that is never shown).
    let failed = matches!(*status, WorldStatus::Failed { .. });
    if failed
        || progress.waited > 30_000
        || progress.frame > frames(shot.scene).saturating_add(shot.more_frames) + 200
    {
        error!("no picture: {:?} after {} frames", *status, progress.frame);
        commands.write_message(AppExit::error());
    }
    // A software renderer needs a second a frame on a busy machine: what nobody sees is not drawn.
    let last = frames(shot.scene).saturating_add(shot.more_frames);
    let drawn = clocked.is_some() || progress.frame + DRAWN_FRAMES >= frames(shot.scene);
    for mut camera in &mut cameras {
        if camera.is_active != drawn {
            camera.is_active = drawn;
        }
    }
    if progress.frame == last {
        if let Some(clocked) = &clocked {
            info!("{}", clocked.say());
        }
        if shot.view.is_some()
            && let Err(error) = place::account(&progress.out, &cost)
        {
            error!("what it cost was not written: {error}");
        }
        let out = progress.out.clone();
        commands
            .spawn(Screenshot::primary_window())
            // In one observer: two of them run in no promised order.
            .observe(
                move |captured: On<ScreenshotCaptured>, mut exit: MessageWriter<AppExit>| {
                    save_to_disk(&out)(captured);
                    let written = std::fs::metadata(&out).is_ok_and(|about| about.len() > 0);
                    exit.write(if written {
                        AppExit::Success
                    } else {
                        AppExit::error()
                    });
                },
            );
    }
}

fn direct(world: &mut World) {
    let scene = world.resource::<Shot>().scene;
    if world.resource::<Progress>().frame > 0 {
        play(world, scene);
    }
}

/// A frame of everybody else's.
fn play(world: &mut World, scene: Scene) {
    match scene {
        Scene::Title | Scene::Place => {}
        Scene::Visit => visit::play(world),
        Scene::World | Scene::Invite | Scene::People | Scene::Build | Scene::Chosen | Scene::Files => {
            cast::play(world, scene);
        }
    }
}

mod cast {
    //! The people of the world's scene.

    use super::*;
    use crate::gesture::{NO_GESTURE, WAVE};
    use bevy::state::app::StatesPlugin;
    use holm_net::link::{Link, RoomSecret};
    use holm_net::pose::{Gait, Pose};
    use holm_net::session::DEFAULT_MAX_GUESTS;
    use holm_net::session::host::{Host, HostConfig};
    use holm_net::transport::memory::{MemoryNet, Weather};

    /// Fixed, and never used outside these pictures.
    pub(super) const SECRET: RoomSecret = RoomSecret(*b"a picture's room");

    struct Guest {
        app: App,
        /// Feet at the end, in the host's frame: x to the right, z ahead, metres; and where they look.
        place: Vec3,
        yaw: f32,
        lines: &'static [(u32, &'static str)],
    }

    struct Cast {
        guests: Vec<Guest>,
        spawn: Option<(Vec3, f32)>,
    }

    fn open(world: &mut World) -> Cast {
        let net = MemoryNet::new(7);
        let profile = world.resource::<Profile>().clone();
        let host = Host::new(HostConfig {
            identity: profile.identity,
            secret: SECRET,
            world_name: "Harbour".to_owned(),
            game_protocol: crate::wire::GAME_PROTOCOL,
            max_guests: DEFAULT_MAX_GUESTS,
            own_name: Some(profile.name),
            stream_bytes_per_sec: crate::hosting::STREAM_BYTES_PER_SEC,
        });
        let link = link();
        let transport = Box::new(net.host());
        world
            .resource_mut::<Session>()
            .open_host(host, transport, link.clone(), true, "Harbour".to_owned());
        let mut guests = Vec::new();
        let parts: [(u8, &str, Vec3, f32, &[(u32, &str)]); 2] = [
            (
                4,
                "Bjørn",
                Vec3::new(-1.35, 0.0, -2.9),
                2.6,
                &[
                    (70, "There you are! Come, the fire is lit."),
                    (190, "Look at that light on the water"),
                ],
            ),
            (
                11,
                "Mei",
                Vec3::new(1.15, 0.0, -2.2),
                -2.75,
                &[
                    (120, "I only had to open the link. No account, nothing!"),
                    (165, "@Ada is that your boat? https://example.org/boats/seal"),
                    (172, "I want one, too."),
                ],
            ),
        ];
        for (seed, name, place, yaw, lines) in parts {
            let mut app = App::new();
            app.add_plugins((MinimalPlugins, StatesPlugin))
                .insert_resource(TimeUpdateStrategy::ManualDuration(FRAME))
                .insert_resource(super::profile(seed, name))
                .add_plugins(SimPlugins { embodied: false });
            app.finish();
            app.cleanup();
            let net = net.clone();
            if let Some(link) = link.clone() {
                let profile = app.world().resource::<Profile>().clone();
                let dial =
                    move || -> crate::session::BoxTransport { Box::new(net.guest(Weather::GOOD_WIFI)) };
                app.world_mut()
                    .resource_mut::<Session>()
                    .join(&profile, link, Box::new(dial));
            }
            guests.push(Guest {
                app,
                place,
                yaw,
                lines,
            });
        }
        Cast { guests, spawn: None }
    }

    pub(super) fn link() -> Option<Link> {
        Link::new("192.168.1.20", 7777, false, SECRET).ok()
    }

    /// Held, so that it is there.
    struct Silent<T>(T);

    /// Sets out for a host that does not answer.
    pub(super) fn knock(world: &mut World) {
        let net = MemoryNet::new(9);
        // It is there, and nobody looks after it.
        world.insert_non_send(Silent(net.host()));
        let Some(link) = link() else { return };
        let profile = world.resource::<Profile>().clone();
        let dial = move || -> crate::session::BoxTransport { Box::new(net.guest(Weather::GOOD_WIFI)) };
        world
            .resource_mut::<Session>()
            .join(&profile, link, Box::new(dial));
    }

    pub(super) fn play(world: &mut World, scene: Scene) {
        let mut cast = world.remove_non_send::<Cast>().unwrap_or_else(|| open(world));
        let frame = world.resource::<Progress>().frame;
        if world.resource::<Session>().phase() == SessionPhase::Inside {
            stage(world, &mut cast, frame, scene);
        }
        world.insert_non_send(cast);
    }

    fn stage(world: &mut World, cast: &mut Cast, frame: u32, scene: Scene) {
        // Where the host's own person came to stand is where the others gather.
        let me = world
            .query_filtered::<&Transform, With<crate::people::Me>>()
            .single(world)
            .copied()
            .ok();
        let Some(me) = me else { return };
        if frame == 60 {
            let yaw = world.resource::<Eye>().yaw;
            cast.spawn = Some((me.translation, yaw));
            let mut eye = world.resource_mut::<Eye>();
            eye.turn(-0.10, 0.02);
            eye.distance = 4.3;
        }
        let (centre, yaw) = cast.spawn.unwrap_or((me.translation, 0.0));
        let turn = Quat::from_rotation_y(yaw);
        for guest in &mut cast.guests {
            // They walk the last metres to their places.
            let to_go = (1.0 - frame.saturating_sub(60) as f32 / 80.0).clamp(0.0, 1.0);
            let position = centre + turn * (guest.place + Vec3::new(0.0, 0.0, -6.0 * to_go));
            let walking = to_go > 0.0 && to_go < 1.0;
            let facing = if walking {
                yaw + core::f32::consts::PI
            } else {
                yaw + guest.yaw
            };
            let waves = guest.lines.len() == 2 && frame > frames(scene) - 34;
            let pose = Pose {
                position: position.to_array(),
                yaw: facing,
                head_yaw: 0.0,
                pitch: 0.05,
                gait: Gait::Ground,
                gesture: if waves { WAVE } else { NO_GESTURE },
            };
            let app = &mut guest.app;
            if app.world().resource::<Session>().phase() == SessionPhase::Inside {
                app.world_mut().resource_mut::<Session>().set_own_pose(pose);
                if let Some((_, text)) = guest.lines.iter().find(|(at, _)| *at == frame) {
                    app.world_mut().write_message(Say {
                        mentions: if text.starts_with("@Ada") {
                            vec![holm_net::pose::Slot::HOST]
                        } else {
                            Vec::new()
                        },
                        ..Say::to_all(*text)
                    });
                }
            }
            app.update();
        }
        if frame == 150 {
            world.write_message(Say::to_all("It looks even better from the pier"));
        }
        if matches!(scene, Scene::Build | Scene::Chosen) && frame == 160 {
            super::workshop::furnish(world);
        }
        if scene == Scene::Files && frame == 130 {
            super::workshop::bring(world);
        }
        if scene == Scene::Chosen && frame == 190 {
            super::workshop::choose(world, 4);
        }
        if scene == Scene::Build && frame == frames(scene) - 30 {
            super::workshop::hold(world);
        }
        if frame == frames(scene) - 20 {
            let mut screens = world.resource_mut::<Screens>();
            match scene {
                Scene::Invite => screens.open(Panel::Share),
                Scene::People => {
                    screens.open(Panel::People);
                    screens.open(Panel::Chat);
                }
                Scene::Title
                | Scene::World
                | Scene::Build
                | Scene::Chosen
                | Scene::Files
                | Scene::Visit
                | Scene::Place => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Result<Shot, &'static str>> {
        asked(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_picture_is_asked_for_in_words() {
        assert_eq!(words("holm join http://x"), None);
        let shot = words("holm --shot world --out a.png --size 800x600").and_then(Result::ok);
        assert_eq!(
            shot,
            Some(Shot {
                scene: Scene::World,
                out: "a.png".into(),
                size: (800, 600),
                view: None,
                more_frames: 0,
                gallery: None,
            })
        );
        let gallery = words("holm --gallery visit --page menu-guest --out sheets").and_then(Result::ok);
        assert_eq!(
            gallery.map(|shot| (shot.scene, shot.gallery)),
            Some((Scene::Visit, Some((Some("menu-guest".to_owned()), None))))
        );
        for wrong in [
            "holm --gallery sea --out sheets",
            "holm --shot sea --out a.png",
            "holm --shot title",
            "holm --shot title --out a.png --size 9x9",
        ] {
            assert!(matches!(words(wrong), Some(Err(_))), "{wrong}");
        }
    }
}

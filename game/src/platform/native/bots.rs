//! `holm bot`: guests without a window, many in one process, over real WebRTC.
//!
//! Flow: each [`Bot`] joins on its own, walks about (`walker`), waves, writes and talks (`voice`), and counts what it sees
//! (`watch`); at the end `tally` adds them up into one JSON object. No Bevy: a bot costs its link and little more.
//! Invariant: whatever a bot could not do is an error in the report, and any error is a failing exit code.

mod builder;
mod flood;
mod follow;
mod ground;
mod tally;
mod voice;
mod walker;
mod watch;
mod wav;

use super::{fail, guest_transport, say};
use crate::profile::Profile;
use crate::session::{BoxTransport, wire as session_wire};
use crate::wire::{self, FromHost, GAME_PROTOCOL, ToHost};
use crate::world::{self, WorldManifest};
use crate::{chat, customs, things};
use bevy::math::Vec3;
use clap::Args;
use ground::BotGround;
use holm_net::link::Link;
use holm_net::pose::Gait;
use holm_net::session::guest::{Guest, GuestConfig, GuestEvent};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::Tally;
use voice::{BotVoice, VoiceArgs, Voices};
use walker::Walker;
use watch::Watch;

/// `holm bot …`
#[derive(Args, Debug, Clone)]
pub(super) struct BotArgs {
    /// The link of the world to go into.
    #[arg(long, value_name = "LINK")]
    join: String,
    /// How many.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2000))]
    count: u32,
    /// How long all of them stay, counted from when the last is in, seconds.
    #[arg(long, default_value_t = 10.0)]
    seconds: f32,
    /// Pause between two joins, milliseconds.
    #[arg(long, default_value_t = 50)]
    every_ms: u64,
    /// Print the report as JSON on one line.
    #[arg(long)]
    json: bool,
    /// Be one guest that sends garbage as fast as `--flood-mb` says, once inside.
    #[arg(long)]
    hostile_flood: bool,
    /// Megabytes a second of garbage.
    #[arg(long, default_value_t = 10.0)]
    flood_mb: f64,
    /// What the garbage is made of.
    #[arg(long, value_enum, default_value_t = flood::FloodOf::Messages)]
    flood_of: flood::FloodOf,
    /// Say nothing and stand still.
    #[arg(long)]
    quiet: bool,
    /// So many of them keep the world's things as a client does, and build.
    #[arg(long, default_value_t = 0)]
    builders: u32,
    /// How often each of those wishes something, a second; 0: they only look.
    #[arg(long, default_value_t = 1.0)]
    wishes: f32,
    /// The first of those prints each fact that it is told, as JSON: its number and what it hashes to.
    #[arg(long)]
    told: bool,
    #[command(flatten)]
    voice: VoiceArgs,
}

/// How often bots think. Poses leave 20 times a second; thinking twice as often halves what it adds.
const TICK: Duration = Duration::from_millis(25);

/// How often those do that have a voice: what they say and hear waits no longer than the frame before it is long.
const VOICE_TICK: Duration = Duration::from_millis(5);

/// A bot that is not inside by then never will be: the transport gives up after 15 s, the hello after 10.
const JOIN_DEADLINE: Duration = Duration::from_secs(30);

/// Between two dials of a bot that lost its link, as the client does.
const REDIAL_EVERY: Duration = Duration::from_secs(3);

/// Somebody this near to a seat sits in it: as for people (`body/ground.rs`).
const SEAT_TAKEN_METRES: f32 = 0.5;

/// Lines of chat kept for the report.
const LINES_KEPT: usize = 50;

pub(super) fn run(args: BotArgs) -> ExitCode {
    let link: Link = match args.join.parse() {
        Ok(link) => link,
        Err(error) => {
            return fail(&format!(
                "This link does not open anything: {error}. Ask for it again, all of it."
            ));
        }
    };
    let tally = if args.hostile_flood {
        flood::run(&args, &link)
    } else {
        crowd(&args, &link)
    };
    let tally = match tally {
        Ok(tally) => tally,
        Err(sentence) => return fail(&sentence),
    };
    say(&if args.json {
        tally.report.to_string()
    } else {
        tally.text()
    });
    if tally.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// How far one bot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Joining,
    Inside,
    Over,
}

/// One guest.
struct Bot {
    guest: Guest,
    transport: BoxTransport,
    url: String,
    stage: Stage,
    began: Duration,
    joined_in: Option<Duration>,
    /// Until somebody else's first pose was shown.
    first_pose_in: Option<Duration>,
    redialled: Option<Duration>,
    walker: Walker,
    say_at: Duration,
    said: u32,
    lines_seen: u64,
    heard: Vec<(String, String)>,
    errors: Vec<String>,
    watch: Watch,
    /// Up and down, by the transport's count.
    bytes: (u64, u64),
    bytes_at_start: Option<(u64, u64)>,
    resumes: u32,
    follow: follow::Follow,
    /// Where it keeps the world's things.
    builder: Option<builder::Builder>,
    voice: Option<BotVoice>,
}

fn crowd(args: &BotArgs, link: &Link) -> Result<Tally, String> {
    let start = Instant::now();
    let mut bots: Vec<Bot> = Vec::new();
    let mut ground = BotGround::flat(0.0);
    let mut ground_known = false;
    let mut all_in: Option<Duration> = None;
    let stay = Duration::from_secs_f32(args.seconds.clamp(0.0, 24.0 * 3600.0));
    let mut events = Vec::new();
    let mut voices = None;
    if args.voice.any() {
        voices = Some(Voices::new(&args.voice, args.count, start)?);
    }
    let tick = if voices.is_some() { VOICE_TICK } else { TICK };
    loop {
        let tick_began = start.elapsed();
        let due = tick_began.as_millis() as u64 / args.every_ms.max(1) + 1;
        // One new one a tick at most: a hundred handshakes begun at once measure this process, not the host.
        if (bots.len() as u64) < due.min(u64::from(args.count)) {
            let number = bots.len() as u32;
            let mut bot = Bot::new(number, link, start.elapsed(), args)?;
            bot.voice = voices.as_mut().map(|voices| voices.of(number));
            bots.push(bot);
        }
        for bot in &mut bots {
            if let Some(manifest) = bot.step(start.elapsed(), args, &ground, &mut events, all_in.is_some())
                && !ground_known
            {
                ground_known = true;
                ground = BotGround::of(&manifest);
            }
        }
        let now = start.elapsed();
        let everybody = bots.len() == args.count as usize;
        if all_in.is_none() && everybody && bots.iter().all(|bot| bot.stage != Stage::Joining) {
            all_in = Some(now);
            bots.iter_mut()
                .for_each(|bot| bot.bytes_at_start = Some(bot.bytes));
        }
        let nobody_left = everybody && bots.iter().all(|bot| bot.stage == Stage::Over);
        if nobody_left || all_in.is_some_and(|since| now.saturating_sub(since) >= stay) {
            break;
        }
        if let Some(rest) = tick.checked_sub(start.elapsed() - tick_began) {
            std::thread::sleep(rest);
        }
    }
    let measured = all_in.map_or(Duration::ZERO, |since| start.elapsed() - since);
    let tally = Tally::of(&bots, args.count, measured);
    farewell(&mut bots, start, &mut events);
    if let Some(voices) = voices {
        voices.end()?;
    }
    Ok(tally)
}

/// Says good-bye, so that the host does not keep seats for bots that are gone.
fn farewell(bots: &mut [Bot], start: Instant, events: &mut Vec<GuestEvent>) {
    for bot in bots.iter_mut().filter(|bot| bot.stage == Stage::Inside) {
        bot.guest.leave();
    }
    let until = start.elapsed() + Duration::from_millis(500);
    while start.elapsed() < until {
        for bot in bots.iter_mut() {
            events.clear();
            bot.guest.update(start.elapsed(), &mut *bot.transport, events);
        }
        std::thread::sleep(TICK);
    }
}

impl Bot {
    fn new(number: u32, link: &Link, now: Duration, args: &BotArgs) -> Result<Self, String> {
        let name = format!("Bot {}", number + 1);
        let profile =
            Profile::throw_away(&name).map_err(|error| format!("Holm cannot make keys: {error}."))?;
        let config = GuestConfig {
            identity: profile.identity,
            secret: link.secret.clone(),
            name,
            game_protocol: GAME_PROTOCOL,
        };
        let account = config.identity.account().0;
        let tells = args.told && number == 0;
        let builder = (number < args.builders).then(|| builder::Builder::new(account, args.wishes, tells));
        let guest = Guest::new(config.clone());
        let url = link.websocket_url();
        Ok(Self {
            guest,
            transport: guest_transport(url.clone()),
            url,
            stage: Stage::Joining,
            began: now,
            joined_in: None,
            first_pose_in: None,
            redialled: None,
            walker: Walker::new(u64::from(number) + 1),
            say_at: Duration::MAX,
            said: 0,
            lines_seen: 0,
            heard: Vec::new(),
            errors: Vec::new(),
            watch: Watch::default(),
            bytes: (0, 0),
            bytes_at_start: None,
            resumes: 0,
            follow: follow::Follow::new(config),
            builder,
            voice: None,
        })
    }

    /// One tick. A manifest that arrived is handed out: the ground is the same for all.
    fn step(
        &mut self,
        now: Duration,
        args: &BotArgs,
        ground: &BotGround,
        events: &mut Vec<GuestEvent>,
        measuring: bool,
    ) -> Option<WorldManifest> {
        if self.stage == Stage::Over {
            return None;
        }
        let may_redial = self
            .redialled
            .is_none_or(|last| now.saturating_sub(last) > REDIAL_EVERY);
        if self.guest.wants_new_link() && may_redial {
            self.redialled = Some(now);
            self.transport = guest_transport(self.url.clone());
        }
        events.clear();
        if let Some((guest, transport, url)) = self.follow.step(now, &self.guest, events) {
            (self.guest, self.transport, self.url) = (guest, transport, url);
        }
        if let Some(voice) = &mut self.voice {
            voice.say(&mut self.guest, self.stage == Stage::Inside, now);
        }
        self.guest.update(now, &mut *self.transport, events);
        if let Some(voice) = &mut self.voice {
            voice.hear(&mut self.guest);
        }
        let mut manifest = None;
        for event in events.drain(..) {
            manifest = self.note(event, now).or(manifest);
        }
        match self.stage {
            Stage::Joining if now.saturating_sub(self.began) > JOIN_DEADLINE => {
                self.end("not inside within 30 s".to_owned());
            }
            Stage::Inside => self.live(now, args, ground, measuring),
            _ => {}
        }
        manifest
    }

    fn end(&mut self, why: String) {
        self.errors.push(why);
        self.stage = Stage::Over;
    }

    fn note(&mut self, event: GuestEvent, now: Duration) -> Option<WorldManifest> {
        match event {
            GuestEvent::Entered { slot, .. } => {
                self.stage = Stage::Inside;
                if let Some(voice) = &mut self.voice {
                    voice.move_on();
                    let mine = crate::voice::wire::Mine {
                        microphone: crate::voice::wire::Microphone::Open,
                        ..Default::default()
                    };
                    let open = ToHost::Voice(crate::voice::wire::ToHost::Mine(mine));
                    if let Some(bytes) = wire::encode(&open).filter(|_| voice.talks()) {
                        self.guest.send(bytes);
                    }
                }
                // At another host they stand where they stood.
                if self.joined_in.is_none() {
                    self.joined_in = Some(now - self.began);
                    self.walker.appear(slot.0);
                    // A lone bot speaks at once; a crowd over ten seconds, not with one mouth.
                    self.say_at = now + Duration::from_millis(1_000 + u64::from(slot.0) * 137 % 9_500);
                }
            }
            GuestEvent::Message(bytes) => match wire::decode::<FromHost>(&bytes) {
                Ok(FromHost::Chat(chat::wire::FromHost::Said(line))) => self.hear(&line),
                Ok(FromHost::Chat(chat::wire::FromHost::NotSaid(why))) => {
                    self.errors.push(format!("not said: {why:?}"))
                }
                Ok(FromHost::Succession(message)) => self.follow.hear(&message),
                // They look at nothing, and take all of it as somebody would who does.
                Ok(FromHost::Things(message)) => {
                    if matches!(message, things::wire::FromHost::World(_))
                        && let Some(bytes) = wire::encode(&ToHost::Things(things::wire::ToHost::Got))
                    {
                        self.guest.send(bytes);
                    }
                    if let Some(builder) = &mut self.builder {
                        builder.hear(message, now, self.walker.pose().position);
                    }
                }
                Ok(
                    FromHost::Chat(_)
                    | FromHost::Avatar(_)
                    | FromHost::Powers(_)
                    | FromHost::Motion(_)
                    | FromHost::Voice(_),
                ) => {}
                Ok(FromHost::Session(session_wire::FromHost::World { manifest, len, .. })) => {
                    if len <= world::limits::MAX_MANIFEST_BYTES {
                        self.guest.fetch_blob(manifest, len);
                    } else {
                        self.errors.push("the world's manifest is too long".to_owned());
                    }
                }
                Err(wire::NotAMessage) => self.errors.push("a message that does not decode".to_owned()),
            },
            GuestEvent::Blob { bytes, .. } => match postcard::take_from_bytes::<WorldManifest>(&bytes) {
                Ok((manifest, [])) => return Some(manifest),
                _ => self
                    .errors
                    .push("the world's manifest does not decode".to_owned()),
            },
            GuestEvent::BlobFailed { .. } => {
                self.errors.push("the world's manifest was not given".to_owned())
            }
            GuestEvent::Resumed => self.resumes += 1,
            // The world may go on elsewhere.
            GuestEvent::Ended(_) if self.follow.is_hoping(now) => {}
            GuestEvent::Ended(reason) => self.end(format!("ended: {reason:?}")),
            GuestEvent::Failed(cause) => self.end(format!("did not get in: {cause}")),
            GuestEvent::Progress(_)
            | GuestEvent::PersonJoined { .. }
            | GuestEvent::PersonLeft { .. }
            | GuestEvent::Lost { .. } => {}
        }
        None
    }

    fn hear(&mut self, line: &chat::wire::Line) {
        self.lines_seen += 1;
        if self.heard.len() < LINES_KEPT
            && let Some(text) = customs::chat_line(&line.text)
        {
            self.heard.push((customs::name(&line.name), text));
        }
    }

    fn live(&mut self, now: Duration, args: &BotArgs, ground: &BotGround, measuring: bool) {
        let guest = &self.guest;
        let me = guest.slot();
        let taken = |seat: &world::Seat, mine: bool| {
            let others = guest.people().filter(|person| Some(person.slot) != me);
            // Of two who sit in one seat, who came into the room first stays.
            let mut others = others.filter(|person| !mine || me.is_some_and(|me| person.slot < me));
            others.any(|person| {
                guest.shown_pose(person.slot, now).is_some_and(|pose| {
                    pose.gait == Gait::Sit
                        && Vec3::from_array(pose.position).distance(seat.position()) < SEAT_TAKEN_METRES
                })
            })
        };
        self.walker.step(now, ground, &taken, args.quiet);
        self.guest.set_own_pose(now, self.walker.pose());
        if now >= self.say_at && !args.quiet {
            self.say_at = now + Duration::from_secs(10);
            self.said += 1;
            let text = format!("Hello again ({})", self.said);
            let saying = chat::wire::Saying {
                text,
                reach: chat::Reach::World,
                mentions: Vec::new(),
            };
            if let Some(bytes) = wire::encode(&ToHost::Chat(chat::wire::ToHost::Say(saying))) {
                self.guest.send(bytes);
            }
        }
        if let Some(builder) = &mut self.builder {
            for message in builder.wishes(now, self.walker.pose().position) {
                if let Some(bytes) = wire::encode(&ToHost::Things(message)) {
                    self.guest.send(bytes);
                }
            }
            if builder.broken {
                self.end("what the host says of its things does not fit".to_owned());
            }
        }
        let me = self.guest.slot();
        if self.first_pose_in.is_none()
            && self
                .guest
                .people()
                .any(|p| Some(p.slot) != me && self.guest.samples_of(p.slot) > 0)
        {
            self.first_pose_in = Some(now - self.began);
        }
        self.watch
            .look(&self.guest, now, self.walker.pose().position, measuring);
        if let Some(report) = self.guest.report() {
            self.bytes = (report.sent_bytes, report.received_bytes);
        }
    }
}

//! A world outlives its host, over the in-memory transport: whoever was named goes on with it, everybody is where they were, and of
//! two who host it one at most lets it be changed.

use super::*;
use bytes::Bytes;
use holm::hosting::{Door, Doors, HostSettings, OpenDoor};
use holm::people::{Person, Posture};
use holm::platform::Vault;
use holm::succession::{Agree, GoOn, HandOver, Heirship, NameHeir, News, Outlook, Testament};
use holm::things::motion::{Carrying, Grab, Motion};
use holm::words::Phrase;
use holm::world::{LoadWorld, MemoryFiles, WorldDocument, WorldPath, WorldStatus, load};
use holm_document::PersonNo;
use holm_document::part::Body;
use holm_identity::AccountKey;
use holm_net::pose::Slot;
use holm_net::transport::memory::MemoryTransport;
use holm_net::transport::{Channel, LinkEvent, LinkId, LinkReport, SendError, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// One way, by who goes and to whose door.
type Way = (usize, u16);

/// Every door there is, and which ways are cut.
#[derive(Clone, Default)]
struct Sea(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    nets: BTreeMap<u16, MemoryNet>,
    cut: BTreeSet<Way>,
    /// Where a program has ended, and its machine says so.
    ended: BTreeSet<u16>,
}

impl Sea {
    fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn door(port: u16) -> Link {
        Link::new("127.0.0.1", port, false, SECRET).unwrap()
    }

    fn is_cut(&self, way: Way) -> bool {
        let inside = self.inside();
        inside.cut.contains(&way) || !inside.nets.contains_key(&way.1)
    }
}

/// A link that can be cut: then nothing comes, and nothing that is sent arrives.
struct Cable {
    sea: Sea,
    way: Way,
    inner: Option<MemoryTransport>,
}

impl Transport for Cable {
    fn poll(&mut self, now: Duration, events: &mut Vec<LinkEvent>) {
        if self.sea.is_cut(self.way) {
            return;
        }
        let net = || self.sea.inside().nets.get(&self.way.1).cloned();
        if self.inner.is_none() {
            self.inner = net().map(|net| net.guest(Weather::GOOD_WIFI));
        }
        if let Some(inner) = &mut self.inner {
            inner.poll(now, events);
        }
    }

    fn send(&mut self, link: LinkId, channel: Channel, bytes: Bytes) -> Result<(), SendError> {
        match &mut self.inner {
            Some(inner) if !self.sea.is_cut(self.way) => inner.send(link, channel, bytes),
            _ => Ok(()),
        }
    }

    fn close(&mut self, link: LinkId) {
        if let Some(inner) = &mut self.inner {
            inner.close(link);
        }
    }

    fn report(&self, link: LinkId) -> Option<LinkReport> {
        self.inner.as_ref()?.report(link)
    }
}

/// What each of them was told.
#[derive(Resource, Default)]
struct Told(Vec<News>);

fn meadow() -> Arc<WorldDocument> {
    let main = WorldPath::new("world.ron").unwrap();
    let text = "World(version: 1, name: \"Meadow\", spawns: [(at: (3, 0, 0), facing_degrees: 90)], fall_below: -7, \
                things: [(shape: Box(size: (80, 1, 80)), at: (0, -1, 0))])";
    let mut files = MemoryFiles::default();
    files.insert(main.clone(), Bytes::from_static(text.as_bytes()));
    Arc::new(load(&files, &main).unwrap())
}

/// People of whom each may host: the port of somebody's door is 100 and their number.
struct Isles {
    sea: Sea,
    room: Room,
    /// Whose programs have ended.
    gone: BTreeSet<usize>,
    folder: PathBuf,
}

const ADA: usize = 0;

fn port_of(link: &Link) -> u16 {
    link.authority.rsplit(':').next().unwrap().parse().unwrap()
}

fn port(who: usize) -> u16 {
    100 + who as u16
}

impl Isles {
    /// Ada hosts, and so many are her guests.
    fn new(name: &str, seed: u64, guests: usize) -> Self {
        let folder = folder(name);
        let sea = Sea::default();
        let mut ada = somebody(1, "Ada", true);
        prepare(&mut ada, &sea, ADA, &folder);
        ada.insert_resource(Kept::new(open(&folder.join("ada/worlds/meadow"))));
        let net = MemoryNet::new(seed);
        sea.inside().nets.insert(port(ADA), net.clone());
        let host = Host::new(HostConfig {
            identity: ada.world().resource::<Profile>().identity.clone(),
            secret: SECRET,
            world_name: "Meadow".to_owned(),
            game_protocol: GAME_PROTOCOL,
            max_guests: 16,
            own_name: Some("Ada".to_owned()),
            stream_bytes_per_sec: 32_000,
        });
        ada.world_mut().write_message(LoadWorld::Document(meadow()));
        let link = Some(Sea::door(port(ADA)));
        ada.world_mut().resource_mut::<Session>().open_host(
            host,
            Box::new(net.host()),
            link,
            true,
            "Meadow".to_owned(),
        );
        let mut isles = Self {
            sea,
            room: Room { net, apps: vec![ada] },
            gone: BTreeSet::new(),
            folder,
        };
        for number in 1..=guests {
            isles.comes(number as u8 + 1, ["", "Bo", "Cy", "Di", "Ed", "Flo"][number]);
        }
        isles.until(20.0, "everybody is there", |isles| {
            (0..isles.room.apps.len()).all(|who| {
                isles.room.things(who).me().is_some()
                    && *isles.room.apps[who].world().resource::<WorldStatus>() == WorldStatus::Ready
            })
        });
        isles
    }

    fn comes(&mut self, seed: u8, name: &str) -> usize {
        let who = self.room.apps.len();
        let app = self.begun(who, seed, name);
        self.room.apps.push(app);
        who
    }

    /// Their program ends, and begins again with what is on their disk.
    fn begins_again(&mut self, who: usize, seed: u8, name: &str) {
        self.room.apps[who] = App::empty();
        self.room.apps[who] = self.begun(who, seed, name);
    }

    /// A program that has just begun, on its way to Ada's.
    fn begun(&self, who: usize, seed: u8, name: &str) -> App {
        let mut app = somebody(seed, name, true);
        prepare(&mut app, &self.sea, who, &self.folder);
        let now = |app: &App| app.world().resource::<Time<Real>>().elapsed();
        while now(&app) < now(&self.room.apps[0]) {
            app.update();
        }
        let link = Sea::door(port(ADA));
        app.world_mut().write_message(JoinLink { link });
        app
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "another thread's pace is not the clock's"
    )]
    fn until(&mut self, secs: f32, what: &str, mut done: impl FnMut(&mut Self) -> bool) {
        for _ in 0..(secs / FRAME.as_secs_f32()) as usize {
            self.step();
            if done(self) {
                return;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        let news: Vec<_> = (0..self.room.apps.len()).map(|who| self.news(who)).collect();
        panic!("not within {secs} s: {what}; {news:?}");
    }

    fn step(&mut self) {
        for (who, app) in self.room.apps.iter_mut().enumerate() {
            if !self.gone.contains(&who) {
                app.update();
            }
        }
    }

    fn live(&mut self, secs: f32) {
        let mut left = (secs / FRAME.as_secs_f32()) as usize;
        self.until(secs + 1.0, "it goes on", |_| {
            left = left.saturating_sub(1);
            left == 0
        });
    }

    fn news(&self, who: usize) -> &[News] {
        &self.room.apps[who].world().resource::<Told>().0
    }

    fn account(&self, who: usize) -> AccountKey {
        self.room.apps[who]
            .world()
            .resource::<Profile>()
            .identity
            .account()
    }

    fn session(&self, who: usize) -> &Session {
        self.room.apps[who].world().resource::<Session>()
    }

    fn testament(&self, who: usize) -> &Testament {
        self.room.apps[who].world().resource::<Testament>()
    }

    fn wishes<M: Message>(&mut self, who: usize, wish: M) {
        self.room.apps[who].world_mut().write_message(wish);
    }

    /// Whoever hosts names them; they agree, and are ready.
    fn is_heir(&mut self, host: usize, who: usize) {
        let account = self.account(who).0;
        self.wishes(host, NameHeir { account, named: true });
        self.until(5.0, "they are asked", |isles| {
            isles.room.apps[who].world().resource::<Heirship>().is_asked()
        });
        self.wishes(who, Agree(true));
        self.until(10.0, "they are ready, and everybody knows", |isles| {
            isles.room.apps[who].world().resource::<Heirship>().is_ready()
                && (0..isles.room.apps.len())
                    .filter(|other| *other != host && !isles.gone.contains(other))
                    .all(|other| {
                        let outlook = isles.room.apps[other].world().resource::<Outlook>();
                        outlook.heirs().any(|heir| *heir == account)
                    })
        });
        // Their word that they have the roll is heard, too.
        self.live(0.5);
    }

    /// Nobody reaches somebody's door any more, nor do they reach any other's.
    fn cut_off(&mut self, who: &[usize], from: &[usize]) {
        let mut inside = self.sea.inside();
        for a in who {
            for b in from {
                inside.cut.insert((*a, port(*b)));
                inside.cut.insert((*b, port(*a)));
            }
        }
    }

    fn mend(&mut self) {
        self.sea.inside().cut.clear();
    }

    /// These have the same world, and everything is answered.
    fn same(&mut self, secs: f32, who: &[usize]) {
        self.until(secs, "they have the same world", |isles| {
            let digests: BTreeSet<_> = who.iter().map(|who| isles.room.things(*who).digest()).collect();
            digests.len() == 1
                && !digests.contains(&None)
                && who.iter().all(|who| isles.room.things(*who).unanswered() == 0)
        });
    }

    fn slot(&self, who: usize) -> Option<Slot> {
        self.session(who).me()
    }

    fn number(&self, who: usize) -> Option<PersonNo> {
        self.room.things(who).me()
    }

    /// Where they stand, and how often somebody was put into the world here since they came.
    fn stands(&mut self, who: usize) -> Vec3 {
        let world = self.room.apps[who].world_mut();
        let mut me = world.query::<(&Person, &Posture)>();
        let posture = me.iter(world).find(|(person, _)| person.me).unwrap().1;
        Vec3::from_array(posture.pose.position)
    }
}

fn prepare(app: &mut App, sea: &Sea, who: usize, folder: &Path) {
    let name = ["ada", "bo", "cy", "di", "ed", "flo"][who];
    let (ways, doors, ended) = (sea.clone(), sea.clone(), sea.clone());
    app.insert_resource(Network(Box::new(move |link: &Link| -> Box<dyn Dial> {
        let port = port_of(link);
        let sea = ways.clone();
        Box::new(move || -> BoxTransport {
            Box::new(Cable {
                sea: sea.clone(),
                way: (who, port),
                inner: None,
            })
        })
    })))
    .insert_resource(Doors {
        is_gone: Arc::new(move |link| ended.inside().ended.contains(&port_of(link))),
        make: Arc::new(move |_: &HostSettings, _| {
            let sea = doors.clone();
            let link = Sea::door(port(who));
            Ok(Door {
                link: link.clone(),
                sit: Box::new(move |_| {
                    let net = MemoryNet::new(port(who).into());
                    sea.inside().nets.insert(port(who), net.clone());
                    OpenDoor {
                        house: None,
                        transport: Box::new(net.host()),
                        link: link.clone(),
                        local_link: link,
                        has_web_client: false,
                        reachable: true,
                    }
                }),
            })
        }),
    })
    .insert_resource(Vault::at(Some(folder.join(name))))
    .init_resource::<Told>()
    .add_systems(Last, |mut told: ResMut<Told>, mut news: MessageReader<News>| {
        told.0.extend(news.read().cloned());
    });
}

#[test]
fn when_the_host_vanishes_everybody_is_at_the_heirs_with_all_that_was_confirmed() {
    let mut isles = Isles::new("vanishes", 1, 3);
    let (bo, cy, di) = (1, 2, 3);
    let early = isles.room.make(cy, "before Bo agreed", 1.0);
    isles.same(5.0, &[ADA, bo, cy, di]);
    isles.is_heir(ADA, bo);
    let late = isles.room.make(cy, "after", 2.0);
    let adas = isles.room.make(ADA, "Ada's", 3.0);
    isles.same(5.0, &[ADA, bo, cy, di]);
    // Di walks to where nobody arrives.
    isles.live(1.0);
    let (stood, slots) = (
        [cy, di].map(|who| isles.stands(who)),
        [cy, di].map(|who| isles.slot(who)),
    );
    let numbers = [bo, cy, di].map(|who| isles.number(who));
    // The cable is pulled: nothing is said.
    isles.gone.insert(ADA);
    isles.until(8.0, "everybody is at Bo's", |isles| {
        isles.session(bo).is_host() && [cy, di].iter().all(|who| isles.news(*who).contains(&News::Moved))
    });
    isles.until(2.0, "it is theirs to change", |isles| {
        isles.testament(bo).writes()
    });
    isles.same(5.0, &[bo, cy, di]);
    assert_eq!(isles.room.count(cy), Some(3));
    assert_eq!(slots, [cy, di].map(|who| isles.slot(who)), "the same seats");
    assert_eq!(
        numbers,
        [bo, cy, di].map(|who| isles.number(who)),
        "the same people"
    );
    for (who, before) in [cy, di].into_iter().zip(stood) {
        let now = isles.stands(who);
        assert!(
            now.distance(before) < 0.5,
            "{who} stood at {before}, and stands at {now}"
        );
    }
    // What they did before, and before there was an heir, they can take back; and go on.
    isles.room.build(cy, vec![Act::Undo { within: None }]);
    isles.same(5.0, &[bo, cy, di]);
    assert_eq!(isles.room.name_of(di, late), None);
    isles.room.build(cy, vec![Act::Undo { within: None }]);
    isles.same(5.0, &[bo, cy, di]);
    assert_eq!(isles.room.name_of(di, early), None);
    isles.room.make(di, "at Bo's", 5.0);
    isles.same(5.0, &[bo, cy, di]);
    assert_eq!(isles.room.name_of(bo, adas).as_deref(), Some("Ada's"));
    assert_eq!(isles.room.count(bo), Some(2));
    assert_eq!(isles.testament(bo).term(), 2);
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn when_the_hosts_program_ends_its_only_guest_goes_on_within_two_seconds() {
    let mut isles = Isles::new("ends", 7, 1);
    let bo = 1;
    isles.is_heir(ADA, bo);
    isles.room.make(ADA, "before", 1.0);
    isles.same(5.0, &[ADA, bo]);
    isles.gone.insert(ADA);
    isles.sea.inside().ended.insert(port(ADA));
    isles.until(2.0, "Bo goes on", |isles| {
        isles.session(bo).is_host() && isles.testament(bo).writes()
    });
    isles.room.make(bo, "after", 2.0);
    isles.same(5.0, &[bo]);
    assert_eq!(isles.room.count(bo), Some(2));
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn the_host_that_was_cut_off_changes_nothing_and_comes_as_a_guest() {
    let mut isles = Isles::new("cut-off", 2, 3);
    let (bo, cy, di) = (1, 2, 3);
    isles.is_heir(ADA, bo);
    isles.room.make(ADA, "before", 1.0);
    isles.same(5.0, &[ADA, bo, cy, di]);
    // Bo, Cy and Di have each other, and Ada nobody.
    isles.cut_off(&[ADA], &[bo, cy, di]);
    isles.until(3.4, "Ada stops in time", |isles| !isles.testament(ADA).writes());
    assert!(!isles.session(bo).is_host(), "before anybody goes on");
    isles.room.make(ADA, "alone", 2.0);
    isles.until(2.0, "it is refused", |isles| {
        isles.room.refused(ADA) == [Refusal::CutOff]
    });
    isles.until(8.0, "Bo goes on", |isles| {
        isles.session(bo).is_host() && isles.testament(bo).writes()
    });
    let meanwhile = isles.room.make(cy, "meanwhile", 3.0);
    isles.same(5.0, &[bo, cy, di]);
    assert!(isles.news(ADA).contains(&News::CutOff));
    // For longer than seats are kept, and than an heir waits.
    isles.live(60.0);
    assert!(!isles.testament(ADA).writes() && isles.session(ADA).is_host());
    let stood = isles.stands(ADA);
    isles.mend();
    isles.until(20.0, "Ada is a guest", |isles| {
        !isles.session(ADA).is_host() && isles.news(ADA).contains(&News::Moved)
    });
    isles.same(10.0, &[ADA, bo, cy, di]);
    let stands = isles.stands(ADA);
    assert!(
        stands.distance(stood) < 0.5,
        "she stood at {stood}, and stands at {stands}"
    );
    assert_eq!(isles.room.name_of(ADA, meanwhile).as_deref(), Some("meanwhile"));
    // She owns it still, and what she wishes is done.
    isles.room.make(ADA, "a guest's", 4.0);
    isles.same(5.0, &[ADA, bo, cy, di]);
    assert_eq!(isles.room.count(di), Some(3));
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn an_heir_that_is_cut_off_alone_changes_nothing_and_comes_back() {
    let mut isles = Isles::new("alone", 3, 3);
    let (bo, cy, di) = (1, 2, 3);
    isles.is_heir(ADA, bo);
    isles.room.make(ADA, "before", 1.0);
    isles.same(5.0, &[ADA, bo, cy, di]);
    isles.cut_off(&[bo], &[ADA, cy, di]);
    isles.until(8.0, "Bo opens", |isles| isles.session(bo).is_host());
    isles.live(1.0);
    assert!(!isles.testament(bo).writes());
    isles.room.make(bo, "alone", 2.0);
    isles.until(2.0, "it is refused", |isles| {
        isles.room.refused(bo) == [Refusal::CutOff]
    });
    assert!(isles.testament(ADA).writes(), "three of four are here");
    isles.room.make(cy, "meanwhile", 3.0);
    isles.same(5.0, &[ADA, cy, di]);
    isles.mend();
    isles.until(20.0, "Bo is a guest", |isles| !isles.session(bo).is_host());
    isles.same(10.0, &[ADA, bo, cy, di]);
    assert_eq!(isles.room.count(bo), Some(2));
    assert_eq!(isles.testament(ADA).term(), 1);
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn of_two_who_lose_each_other_the_host_writes_and_the_heir_gives_up() {
    let mut isles = Isles::new("two", 4, 1);
    let bo = 1;
    isles.is_heir(ADA, bo);
    isles.room.make(ADA, "before", 1.0);
    isles.same(5.0, &[ADA, bo]);
    isles.cut_off(&[bo], &[ADA]);
    isles.until(8.0, "Bo opens", |isles| isles.session(bo).is_host());
    isles.live(2.0);
    assert!(
        isles.testament(ADA).writes() && !isles.testament(bo).writes(),
        "half is the host's"
    );
    // A third who is with Bo alone would make it more than half; there is none, and he gives up.
    isles.until(60.0, "Bo gives up", |isles| {
        isles.news(bo).contains(&News::GaveUp)
    });
    isles.until(5.0, "and is out", |isles| {
        isles.session(bo).phase() == SessionPhase::Off
    });
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn an_heir_whose_link_stumbles_is_an_heir_afterwards() {
    let mut isles = Isles::new("stumbles", 9, 2);
    let (bo, cy) = (1, 2);
    isles.is_heir(ADA, bo);
    isles.cut_off(&[bo], &[ADA]);
    isles.live(3.4);
    isles.mend();
    isles.live(6.0);
    assert!(isles.testament(ADA).writes() && !isles.session(bo).is_host());
    // Cy stumbles as well: with an heir that counted as lost still, that would be more than half.
    isles.cut_off(&[cy], &[ADA]);
    isles.live(8.0);
    assert!(isles.testament(ADA).writes());
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn an_heir_whose_program_begins_again_is_not_asked_again() {
    let mut isles = Isles::new("again", 9, 2);
    let bo = 1;
    isles.is_heir(ADA, bo);
    isles.begins_again(bo, 2, "Bo");
    isles.until(20.0, "Bo is ready again", |isles| {
        isles.room.apps[bo].world().resource::<Heirship>().is_ready()
    });
    assert!(!isles.news(bo).contains(&News::Asked));
    isles.live(0.5);
    isles.gone.insert(ADA);
    isles.until(8.0, "and goes on", |isles| isles.session(bo).is_host());
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn a_word_that_nothing_came_of_is_not_taken_for_one_in_the_next_run() {
    let mut isles = Isles::new("no-door", 12, 1);
    let bo = 1;
    isles.room.apps[bo].world_mut().resource_mut::<Doors>().make =
        Arc::new(|_: &HostSettings, _| Err(Phrase::new("succession-browser")));
    let account = isles.account(bo).0;
    isles.wishes(ADA, NameHeir { account, named: true });
    isles.until(5.0, "Bo is asked", |isles| isles.news(bo).contains(&News::Asked));
    isles.wishes(bo, Agree(true));
    isles.until(10.0, "Bo is told why not", |isles| {
        isles
            .news(bo)
            .iter()
            .any(|news| matches!(news, News::NotReady(_)))
    });
    isles.begins_again(bo, 2, "Bo");
    isles.until(20.0, "Bo is asked again", |isles| {
        isles.news(bo).contains(&News::Asked)
    });
    assert!(!isles.room.apps[bo].world().resource::<Heirship>().is_willing());
    // This program has a door: the word is kept.
    isles.wishes(bo, Agree(true));
    isles.until(10.0, "Bo is ready", |isles| {
        isles.room.apps[bo].world().resource::<Heirship>().is_ready()
    });
    isles.begins_again(bo, 2, "Bo");
    isles.until(20.0, "Bo is ready again", |isles| {
        isles.room.apps[bo].world().resource::<Heirship>().is_ready()
    });
    assert!(!isles.news(bo).contains(&News::Asked));
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn an_owner_may_go_on_without_those_who_are_lost() {
    let mut isles = Isles::new("go-on", 5, 2);
    let (bo, cy) = (1, 2);
    isles.is_heir(ADA, bo);
    isles.cut_off(&[ADA], &[bo, cy]);
    isles.until(8.0, "Bo goes on", |isles| {
        isles.session(bo).is_host() && isles.testament(bo).writes()
    });
    assert!(!isles.testament(ADA).writes());
    isles.room.make(cy, "lost", 1.0);
    isles.same(5.0, &[bo, cy]);
    isles.wishes(ADA, GoOn);
    isles.until(2.0, "Ada goes on", |isles| isles.testament(ADA).writes());
    assert_eq!(isles.testament(ADA).term(), 3, "one further than an heir can be");
    isles.room.make(ADA, "Ada's", 2.0);
    isles.until(2.0, "it is so", |isles| isles.room.count(ADA) == Some(1));
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn a_world_is_given_away_with_what_is_in_hands_and_its_host_comes_last() {
    let mut isles = Isles::new("given", 6, 2);
    let (bo, cy) = (1, 2);
    isles.is_heir(ADA, bo);
    let ball = isles.room.things(ADA).next_thing().unwrap();
    let at = isles.stands(cy) + Vec3::new(0.0, 0.5, -1.2);
    let parts = vec![
        Part::Place(Place {
            position: at.to_array(),
            scale: [0.3; 3],
            ..Place::default()
        }),
        Part::Shape(Shape::Ball),
        Body {
            moves: true,
            mass_kg: 0.5,
            friction: 0.6,
            bounce: 0.1,
        }
        .into(),
    ];
    isles.room.build(ADA, vec![Act::Make { thing: ball, parts }]);
    isles.same(5.0, &[ADA, bo, cy]);
    isles.live(3.0);
    isles.wishes(cy, Grab { thing: ball });
    let holder = |isles: &Isles, who: usize| isles.room.apps[who].world().resource::<Motion>().holder(ball);
    isles.until(5.0, "Cy holds it", |isles| {
        holder(isles, bo).is_some() && holder(isles, bo) == isles.slot(cy)
    });
    isles.room.make(cy, "just before", 2.0);
    isles.wishes(ADA, HandOver);
    isles.until(20.0, "everybody is at Bo's", |isles| {
        isles.session(bo).is_host()
            && [ADA, cy]
                .iter()
                .all(|who| isles.news(*who).contains(&News::Moved))
    });
    isles.same(5.0, &[ADA, bo, cy]);
    assert_eq!(
        isles.room.count(bo),
        Some(2),
        "what was wished before it was given is there"
    );
    isles.until(5.0, "Cy holds it still", |isles| {
        isles.room.apps[cy].world().resource::<Carrying>().thing() == Some(ball)
            && [ADA, bo].iter().all(|who| holder(isles, *who) == isles.slot(cy))
    });
    assert!(isles.testament(bo).writes());
    assert!(isles.slot(ADA).is_some_and(|slot| slot != Slot::HOST));
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn nobody_is_an_heir_who_was_not_named() {
    let mut isles = Isles::new("not-named", 8, 2);
    let (bo, cy) = (1, 2);
    isles.is_heir(ADA, bo);
    // Cy's program says that they would, asked or not.
    isles.wishes(cy, Agree(true));
    isles.live(3.0);
    let heirship = isles.room.apps[cy].world().resource::<Heirship>();
    assert!(heirship.is_willing() && !heirship.is_ready(), "no copy comes");
    let (bos, cys) = (isles.account(bo).0, isles.account(cy).0);
    let outlook = isles.room.apps[cy].world().resource::<Outlook>();
    assert_eq!(outlook.heirs().copied().collect::<Vec<_>>(), [bos]);
    assert!(isles.testament(ADA).named().all(|(account, _)| account != cys));
    // And whoever is named no more is none any more.
    isles.wishes(
        ADA,
        NameHeir {
            account: bos,
            named: false,
        },
    );
    isles.until(5.0, "nobody is", |isles| {
        let outlook = isles.room.apps[cy].world().resource::<Outlook>();
        outlook.heirs().next().is_none() && !isles.room.apps[bo].world().resource::<Heirship>().is_willing()
    });
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

#[test]
fn who_speaks_to_whom_stays_so_at_the_next_host() {
    use holm::people::People;
    use holm::voice::{Audience, Frame, FrameHeard, Microphone, MyVoice, SayFrame};
    use holm_voice::frame::{Flags, Sequence};

    #[derive(Resource, Default)]
    struct Ears(Vec<(Slot, u16)>);

    let mut isles = Isles::new("voices", 31, 3);
    let (bo, cy, di) = (1, 2, 3);
    for who in [ADA, bo, cy, di] {
        isles.room.apps[who].init_resource::<Ears>().add_systems(
            Last,
            |mut ears: ResMut<Ears>, mut heard: MessageReader<FrameHeard>| {
                ears.0
                    .extend(heard.read().map(|heard| (heard.slot, heard.frame.sequence.0)));
            },
        );
    }
    isles.is_heir(ADA, bo);
    let whispers = Audience::Few(vec![isles.account(di)]);
    let mut mine = isles.room.apps[cy].world_mut().resource_mut::<MyVoice>();
    (mine.microphone, mine.audience) = (Microphone::Open, whispers);
    isles.live(1.0);
    isles.wishes(ADA, HandOver);
    isles.until(20.0, "all are at Bo's", |isles| {
        isles.session(bo).is_host()
            && [ADA, cy, di]
                .iter()
                .all(|who| isles.news(*who).contains(&News::Moved))
    });
    // Keys are asked for anew where somebody came later than the other.
    isles.live(6.0);
    let slot = isles.slot(cy).unwrap();
    for who in [ADA, bo, di] {
        let world = isles.room.apps[who].world();
        let entity = world.resource::<People>().entity(slot).unwrap();
        assert_eq!(world.get::<Microphone>(entity), Some(&Microphone::Open), "{who}");
    }
    for number in 0..40 {
        let frame = Frame::new(Sequence(number), Flags::default(), 9, &[7; 40]).unwrap();
        isles.wishes(cy, SayFrame(frame));
        isles.step();
    }
    isles.live(0.5);
    let heard = |who: usize| isles.room.apps[who].world().resource::<Ears>().0.len();
    assert!(heard(di) >= 30, "{}", heard(di));
    assert_eq!([ADA, bo, cy].map(heard), [0; 3]);
    std::fs::remove_dir_all(&isles.folder).unwrap();
}

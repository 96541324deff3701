//! What the guided walk asks for, when it counts as done, and when it goes on by itself.
//!
//! Invariants: pure, time is handed in; nobody is held up: a lesson that is not done in `PATIENCE` is passed over
//! without a word; what was done before it was asked for does not count, or nobody would see the sentence.

use std::time::Duration;

/// The lessons, in the order in which somebody new needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// Choose how one looks, before anybody is met; only for who never chose.
    Dress,
    /// Turn the view.
    Look,
    /// Walk a few steps.
    Walk,
    /// Jump once.
    Jump,
    /// Wave to the others.
    Wave,
    /// Say something.
    Speak,
    /// See who is here.
    Meet,
}

impl Lesson {
    pub const ALL: [Self; 7] = [
        Self::Dress,
        Self::Look,
        Self::Walk,
        Self::Jump,
        Self::Wave,
        Self::Speak,
        Self::Meet,
    ];

    /// The keys of what it asks for and of how that is meant.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Dress => ["guide-dress", "guide-dress-how"],
            Self::Look => ["guide-look", "guide-look-how"],
            Self::Walk => ["guide-walk", "guide-walk-how"],
            Self::Jump => ["guide-jump", "guide-jump-how"],
            Self::Wave => ["guide-wave", "guide-wave-how"],
            Self::Speak => ["guide-speak", "guide-speak-how"],
            Self::Meet => ["guide-meet", "guide-meet-how"],
        }
    }

    /// How it is done with fingers, whose buttons show no keys.
    pub fn by_fingers(self) -> &'static str {
        match self {
            Self::Dress => "guide-dress-how",
            Self::Look => "guide-look-touch",
            Self::Walk => "guide-walk-touch",
            Self::Jump => "guide-jump-touch",
            Self::Wave => "guide-wave-touch",
            Self::Speak => "guide-speak-touch",
            Self::Meet => "guide-meet-touch",
        }
    }

    /// How much of `Done` it takes: radians of turning, metres, or times.
    fn enough(self) -> f32 {
        match self {
            Self::Look => 2.4,
            Self::Walk => 6.0,
            Self::Dress | Self::Jump | Self::Wave | Self::Speak | Self::Meet => 1.0,
        }
    }

    fn share(self, done: &Done) -> f32 {
        match self {
            Self::Dress => f32::from(done.dressed),
            Self::Look => done.turned_radians,
            Self::Walk => done.walked_metres,
            Self::Jump => f32::from(done.jumped),
            Self::Wave => f32::from(done.waved),
            Self::Speak => f32::from(done.spoke),
            Self::Meet => f32::from(done.met),
        }
    }
}

/// What a person did since the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Done {
    /// The panel of one's look was opened and closed again, whatever was chosen.
    pub dressed: bool,
    pub turned_radians: f32,
    pub walked_metres: f32,
    pub jumped: bool,
    pub waved: bool,
    pub spoke: bool,
    /// The list of people was opened.
    pub met: bool,
}

/// Seven lessons of at most this long are over in two minutes.
const PATIENCE: Duration = Duration::from_secs(17);
/// How long a lesson done shows its tick before the next one: long enough to see that it was this that was meant.
const PRAISE: Duration = Duration::from_millis(1100);
/// How long the goodbye stays.
const GOODBYE: Duration = Duration::from_secs(9);

/// Where somebody is on the walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Being asked for; how much of it is done, 0..1.
    Asked { lesson: usize, amount: f32 },
    /// Done, its tick is shown.
    Praised { lesson: usize },
    /// That was all.
    Goodbye,
    /// Over: by its end or because it was skipped.
    Over,
}

/// The walk of one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// The lesson it began with.
    first: usize,
    stage: Stage,
    since: Duration,
}

impl Walk {
    /// Begins now; `dresses`: with a look to choose.
    pub fn begin(now: Duration, dresses: bool) -> Self {
        let first = usize::from(!dresses);
        Self {
            first,
            stage: Stage::Asked {
                lesson: first,
                amount: 0.0,
            },
            since: now,
        }
    }

    /// The lessons of this walk.
    pub fn lessons(&self) -> core::ops::Range<usize> {
        self.first..Lesson::ALL.len()
    }

    /// What is asked for now.
    pub fn asked(&self) -> Option<Lesson> {
        match self.stage {
            Stage::Asked { lesson, .. } => Lesson::ALL.get(lesson).copied(),
            _ => None,
        }
    }

    /// The clock of a lesson stands still while a panel lies over its sentence.
    pub fn rest(&mut self, now: Duration) {
        self.since = now;
    }

    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Ends it at once.
    pub fn skip(&mut self) {
        self.stage = Stage::Over;
    }

    /// Takes what was done since the last call.
    pub fn observe(&mut self, now: Duration, done: &Done) {
        let spent = now.saturating_sub(self.since);
        match self.stage {
            Stage::Asked { lesson, amount } => {
                let asked = Lesson::ALL[lesson];
                let share = asked.share(done);
                let share = if share.is_finite() { share.max(0.0) } else { 0.0 };
                let amount = (amount + share / asked.enough()).min(1.0);
                if amount >= 1.0 {
                    self.go(Stage::Praised { lesson }, now);
                } else if spent >= PATIENCE {
                    self.next(lesson, now);
                } else {
                    self.stage = Stage::Asked { lesson, amount };
                }
            }
            Stage::Praised { lesson } if spent >= PRAISE => self.next(lesson, now),
            Stage::Goodbye if spent >= GOODBYE => self.go(Stage::Over, now),
            Stage::Praised { .. } | Stage::Goodbye | Stage::Over => {}
        }
    }

    fn next(&mut self, lesson: usize, now: Duration) {
        let stage = if lesson + 1 < Lesson::ALL.len() {
            Stage::Asked {
                lesson: lesson + 1,
                amount: 0.0,
            }
        } else {
            Stage::Goodbye
        };
        self.go(stage, now);
    }

    fn go(&mut self, stage: Stage, now: Duration) {
        self.stage = stage;
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn who_does_what_is_asked_hears_goodbye() {
        let mut now = Duration::ZERO;
        let mut walk = Walk::begin(now, true);
        let each = [
            Done {
                dressed: true,
                ..Done::default()
            },
            Done {
                turned_radians: 3.0,
                ..Done::default()
            },
            Done {
                walked_metres: 7.0,
                ..Done::default()
            },
            Done {
                jumped: true,
                ..Done::default()
            },
            Done {
                waved: true,
                ..Done::default()
            },
            Done {
                spoke: true,
                ..Done::default()
            },
            Done {
                met: true,
                ..Done::default()
            },
        ];
        for (index, done) in each.iter().enumerate() {
            assert_eq!(
                walk.stage(),
                Stage::Asked {
                    lesson: index,
                    amount: 0.0
                }
            );
            walk.observe(now, done);
            assert_eq!(walk.stage(), Stage::Praised { lesson: index });
            now += PRAISE;
            walk.observe(now, &Done::default());
        }
        assert_eq!(walk.stage(), Stage::Goodbye);
        walk.observe(now + GOODBYE, &Done::default());
        assert_eq!(walk.stage(), Stage::Over);
    }

    #[test]
    fn waving_is_no_walking() {
        let mut walk = Walk::begin(Duration::ZERO, false);
        let wave = Done {
            waved: true,
            spoke: true,
            met: true,
            jumped: true,
            ..Done::default()
        };
        walk.observe(Duration::from_secs(1), &wave);
        assert_eq!(
            walk.stage(),
            Stage::Asked {
                lesson: 1,
                amount: 0.0
            }
        );
        assert_eq!(
            walk.asked(),
            Some(Lesson::Look),
            "who has chosen a look is not asked again"
        );
    }

    #[test]
    fn a_lesson_waits_while_a_panel_lies_over_it() {
        let mut walk = Walk::begin(Duration::ZERO, true);
        for second in 0..60 {
            walk.rest(Duration::from_secs(second));
        }
        walk.observe(Duration::from_secs(61), &Done::default());
        assert_eq!(walk.asked(), Some(Lesson::Dress));
        let done = Done {
            dressed: true,
            ..Done::default()
        };
        walk.observe(Duration::from_secs(62), &done);
        assert_eq!(walk.stage(), Stage::Praised { lesson: 0 });
    }

    #[test]
    fn who_does_nothing_is_through_within_two_and_a_half_minutes() {
        let mut walk = Walk::begin(Duration::ZERO, true);
        for tenth in 0..1_500 {
            walk.observe(Duration::from_millis(tenth * 100), &Done::default());
        }
        assert_eq!(walk.stage(), Stage::Over);
    }

    proptest! {
        #[test]
        fn it_ends_whatever_anybody_does(
            steps in proptest::collection::vec((0u64..3_000, any::<f32>(), any::<f32>(), any::<bool>()), 0..400),
        ) {
            let mut now = Duration::ZERO;
            let mut walk = Walk::begin(now, steps.len().is_multiple_of(2));
            for (millis, turned, walked, acted) in steps {
                now += Duration::from_millis(millis);
                walk.observe(now, &Done {
                    dressed: acted, turned_radians: turned, walked_metres: walked, jumped: acted, waved: acted, spoke: acted, met: acted,
                });
                if let Stage::Asked { lesson, amount } = walk.stage() {
                    prop_assert!(lesson < Lesson::ALL.len() && (0.0..1.0).contains(&amount));
                }
            }
            for _ in 0..20 {
                now += Duration::from_secs(60);
                walk.observe(now, &Done::default());
            }
            prop_assert_eq!(walk.stage(), Stage::Over);
        }
    }
}

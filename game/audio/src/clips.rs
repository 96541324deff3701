//! The sounds of a world and of the program, made by arithmetic: no file is loaded, and every machine has the same.
//!
//! Flow: [`Clip`] → [`samples`] → speakers, which keep what they got: a sound costs a millisecond or two, a loop up to 40,
//! and nobody waits for those that are never heard.
//! Invariants: one channel, every sample within ±0.9, no click at either end, nothing beside zero; what is repeated goes
//! from its end into its beginning; the same bytes everywhere and each time.
//!
//! All of them together are 97 s, 9.3 MB as `f32`; two thirds of that are the loops of places.

mod bodies;
mod hands;
mod places;
mod program;
mod tones;

/// A sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clip {
    /// A step on stone. Of steps there are three takes each: the same twice in a row is a machine.
    StepStone,
    StepStoneB,
    StepStoneC,
    /// On planks.
    StepWood,
    StepWoodB,
    StepWoodC,
    StepSand,
    StepSandB,
    StepSandC,
    StepGrass,
    StepGrassB,
    StepGrassC,
    /// Through water that does not carry one yet.
    StepWater,
    StepWaterB,
    StepWaterC,
    /// Feet leave the ground.
    Jump,
    /// And come back to it.
    Land,
    /// Somebody, or something, falls into water.
    Splash,
    SwimStroke,
    SwimStrokeB,

    /// Loop: surf at the beach, two waves of it.
    SeaNear,
    /// Loop: the sea beyond.
    SeaFar,
    /// Loop: wind in trees.
    Wind,
    /// Loop: crickets of an evening.
    Crickets,
    /// Loop: a wood fire.
    Fire,
    /// Loop: what turns in a lighthouse.
    Lighthouse,
    /// Loop: the air of a room.
    Room,
    /// A gull that laughs.
    Gull,
    /// A gull that calls once.
    GullB,
    /// A small bird.
    Bird,
    /// A bird that whistles.
    BirdB,

    DoorOpen,
    DoorClose,
    PickUp,
    PutDown,
    Throw,
    /// What is no larger than a cup meets something.
    BumpSmall,
    BumpMiddle,
    /// What is as large as a table.
    BumpBig,

    /// A button was pressed.
    Press,
    PanelOpen,
    PanelClose,
    /// Somebody wrote.
    ChatLine,
    /// Somebody wrote to us.
    Mention,
    PersonCame,
    PersonLeft,
    Notice,
    Trouble,
    /// A picture was taken.
    Photo,
    MicrophoneOn,
    MicrophoneOff,
}

impl Clip {
    /// In the order of their numbers (`clip as usize`).
    pub const ALL: [Self; 51] = [
        Self::StepStone,
        Self::StepStoneB,
        Self::StepStoneC,
        Self::StepWood,
        Self::StepWoodB,
        Self::StepWoodC,
        Self::StepSand,
        Self::StepSandB,
        Self::StepSandC,
        Self::StepGrass,
        Self::StepGrassB,
        Self::StepGrassC,
        Self::StepWater,
        Self::StepWaterB,
        Self::StepWaterC,
        Self::Jump,
        Self::Land,
        Self::Splash,
        Self::SwimStroke,
        Self::SwimStrokeB,
        Self::SeaNear,
        Self::SeaFar,
        Self::Wind,
        Self::Crickets,
        Self::Fire,
        Self::Lighthouse,
        Self::Room,
        Self::Gull,
        Self::GullB,
        Self::Bird,
        Self::BirdB,
        Self::DoorOpen,
        Self::DoorClose,
        Self::PickUp,
        Self::PutDown,
        Self::Throw,
        Self::BumpSmall,
        Self::BumpMiddle,
        Self::BumpBig,
        Self::Press,
        Self::PanelOpen,
        Self::PanelClose,
        Self::ChatLine,
        Self::Mention,
        Self::PersonCame,
        Self::PersonLeft,
        Self::Notice,
        Self::Trouble,
        Self::Photo,
        Self::MicrophoneOn,
        Self::MicrophoneOff,
    ];

    /// It is played until it is stopped.
    #[must_use]
    pub const fn is_loop(self) -> bool {
        matches!(
            self,
            Self::SeaNear
                | Self::SeaFar
                | Self::Wind
                | Self::Crickets
                | Self::Fire
                | Self::Lighthouse
                | Self::Room
        )
    }

    /// How loud it is: its root mean square, of a loop the whole's, else of the loudest tenth of a second. Beside a voice
    /// (about 0.1) all of them are quiet. What lies where the ear is keenest (2 to 4 kHz) gets less, what lies low more,
    /// and what comes often less than what comes seldom.
    #[must_use]
    pub const fn level(self) -> f32 {
        match self {
            Self::StepStone | Self::StepStoneB | Self::StepStoneC => 0.070,
            Self::StepWood | Self::StepWoodB | Self::StepWoodC => 0.080,
            Self::StepSand | Self::StepSandB | Self::StepSandC => 0.050,
            Self::StepGrass | Self::StepGrassB | Self::StepGrassC => 0.050,
            Self::StepWater | Self::StepWaterB | Self::StepWaterC => 0.070,
            Self::Jump => 0.050,
            Self::Land => 0.110,
            Self::Splash => 0.140,
            Self::SwimStroke | Self::SwimStrokeB => 0.070,
            Self::SeaNear => 0.090,
            Self::SeaFar => 0.080,
            Self::Wind => 0.060,
            Self::Crickets => 0.025,
            Self::Fire => 0.060,
            Self::Lighthouse => 0.060,
            Self::Room => 0.030,
            Self::Gull | Self::GullB => 0.080,
            Self::Bird | Self::BirdB => 0.050,
            Self::DoorOpen => 0.080,
            Self::DoorClose => 0.120,
            Self::PickUp => 0.060,
            Self::PutDown => 0.090,
            Self::Throw => 0.080,
            Self::BumpSmall => 0.080,
            Self::BumpMiddle => 0.110,
            Self::BumpBig => 0.150,
            Self::Press => 0.050,
            Self::PanelOpen | Self::PanelClose => 0.050,
            Self::ChatLine => 0.070,
            Self::Mention => 0.100,
            Self::PersonCame | Self::PersonLeft => 0.080,
            Self::Notice => 0.080,
            Self::Trouble => 0.110,
            Self::Photo => 0.090,
            Self::MicrophoneOn | Self::MicrophoneOff => 0.080,
        }
    }

    /// A number of its own to begin chance with.
    const fn seed(self) -> u64 {
        0x484F_4C4D_0000 + self as u64
    }
}

/// What can be walked on, by how it sounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Surface {
    #[default]
    Stone,
    Wood,
    Sand,
    Grass,
    /// Shallow.
    Water,
}

/// One of the takes of a step; `count` is how many there were.
#[must_use]
pub const fn step(surface: Surface, count: u32) -> Clip {
    let takes = match surface {
        Surface::Stone => [Clip::StepStone, Clip::StepStoneB, Clip::StepStoneC],
        Surface::Wood => [Clip::StepWood, Clip::StepWoodB, Clip::StepWoodC],
        Surface::Sand => [Clip::StepSand, Clip::StepSandB, Clip::StepSandC],
        Surface::Grass => [Clip::StepGrass, Clip::StepGrassB, Clip::StepGrassC],
        Surface::Water => [Clip::StepWater, Clip::StepWaterB, Clip::StepWaterC],
    };
    takes[(count % 3) as usize]
}

/// A sound, to be played.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Samples a second.
    pub rate_hz: u32,
    /// One channel, within ±0.9.
    pub samples: Vec<f32>,
    /// After its end comes its beginning.
    pub looped: bool,
}

/// Makes a sound. It is the caller who keeps it.
#[must_use]
pub fn samples(clip: Clip) -> Sample {
    let looped = clip.is_loop();
    let mut samples = draw(clip);
    tones::level(&mut samples, clip.level(), looped);
    Sample {
        rate_hz: tones::RATE_HZ,
        samples,
        looped,
    }
}

fn draw(clip: Clip) -> Vec<f32> {
    let chance = &mut tones::Chance::new(clip.seed());
    match clip {
        Clip::StepStone | Clip::StepStoneB | Clip::StepStoneC => bodies::stone(chance),
        Clip::StepWood | Clip::StepWoodB | Clip::StepWoodC => bodies::wood(chance),
        Clip::StepSand | Clip::StepSandB | Clip::StepSandC => bodies::sand(chance),
        Clip::StepGrass | Clip::StepGrassB | Clip::StepGrassC => bodies::grass(chance),
        Clip::StepWater | Clip::StepWaterB | Clip::StepWaterC => bodies::wade(chance),
        Clip::Jump => bodies::jump(chance),
        Clip::Land => bodies::land(chance),
        Clip::Splash => bodies::splash(chance),
        Clip::SwimStroke | Clip::SwimStrokeB => bodies::stroke(chance),
        Clip::SeaNear => places::sea_near(chance),
        Clip::SeaFar => places::sea_far(chance),
        Clip::Wind => places::wind(chance),
        Clip::Crickets => places::crickets(chance),
        Clip::Fire => places::fire(chance),
        Clip::Lighthouse => places::lighthouse(chance),
        Clip::Room => places::room(chance),
        Clip::Gull => places::gull(chance, 4),
        Clip::GullB => places::gull(chance, 1),
        Clip::Bird => places::bird(chance),
        Clip::BirdB => places::whistler(chance),
        Clip::DoorOpen => hands::door_open(chance),
        Clip::DoorClose => hands::door_close(chance),
        Clip::PickUp => hands::pick_up(chance),
        Clip::PutDown => hands::put_down(chance),
        Clip::Throw => hands::throw(chance),
        Clip::BumpSmall => hands::bump(chance, 560.0, 0.035),
        Clip::BumpMiddle => hands::bump(chance, 230.0, 0.060),
        Clip::BumpBig => hands::bump(chance, 96.0, 0.110),
        Clip::Press => program::press(chance),
        Clip::PanelOpen => program::panel(chance, true),
        Clip::PanelClose => program::panel(chance, false),
        Clip::ChatLine => program::chat_line(),
        Clip::Mention => program::mention(),
        Clip::PersonCame => program::came(),
        Clip::PersonLeft => program::left(),
        Clip::Notice => program::notice(),
        Clip::Trouble => program::trouble(),
        Clip::Photo => program::photo(chance),
        Clip::MicrophoneOn => program::microphone(true),
        Clip::MicrophoneOff => program::microphone(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = (Clip, Sample)> {
        Clip::ALL.into_iter().map(|clip| (clip, samples(clip)))
    }

    #[test]
    fn every_clip_has_its_own_number() {
        for (number, clip) in Clip::ALL.into_iter().enumerate() {
            assert_eq!(clip as usize, number, "{clip:?}");
        }
    }

    #[test]
    fn every_sample_is_a_number_in_range() {
        for (clip, sample) in all() {
            assert!(!sample.samples.is_empty(), "{clip:?}");
            assert!(
                sample.samples.iter().all(|s| s.is_finite() && s.abs() <= 0.9),
                "{clip:?}"
            );
        }
    }

    #[test]
    fn the_same_bytes_each_time() {
        for (clip, sample) in all() {
            let again = samples(clip);
            assert!(
                sample
                    .samples
                    .iter()
                    .map(|s| s.to_bits())
                    .eq(again.samples.iter().map(|s| s.to_bits())),
                "{clip:?}"
            );
        }
    }

    #[test]
    fn takes_of_a_step_differ() {
        for surface in [
            Surface::Stone,
            Surface::Wood,
            Surface::Sand,
            Surface::Grass,
            Surface::Water,
        ] {
            let takes: Vec<_> = (0..3)
                .map(|count| samples(step(surface, count)).samples)
                .collect();
            assert!(
                takes[0] != takes[1] && takes[1] != takes[2] && takes[0] != takes[2],
                "{surface:?}"
            );
            assert_eq!(step(surface, 0), step(surface, 3));
        }
    }

    #[test]
    fn every_clip_is_as_loud_as_its_table_says() {
        for (clip, sample) in all() {
            let is = tones::loudness(&sample.samples, sample.looped);
            let part = is / clip.level();
            assert!(
                (0.94..1.06).contains(&part),
                "{clip:?}: {is} for {}",
                clip.level()
            );
        }
    }

    #[test]
    fn nothing_lies_beside_zero() {
        for (clip, sample) in all() {
            let mean = sample.samples.iter().sum::<f32>() / sample.samples.len() as f32;
            assert!(mean.abs() < clip.level() * 0.03, "{clip:?}: {mean}");
        }
    }

    /// The step from the end to the beginning is one of its usual steps, and so is how the slope changes there.
    #[test]
    fn a_loop_has_no_seam() {
        for (clip, sample) in all().filter(|(_, sample)| sample.looped) {
            let s = &sample.samples;
            let len = s.len();
            let at = |index: usize| s[index % len];
            let step = |index: usize| (at(index + 1) - at(index)).abs();
            let bend = |index: usize| (at(index + 2) - 2.0 * at(index + 1) + at(index)).abs();
            let root = |f: &dyn Fn(usize) -> f32| {
                let near = len - 600..len + 600;
                (near.map(|index| f(index) * f(index)).sum::<f32>() / 1200.0).sqrt()
            };
            let (steps, bends) = (root(&step), root(&bend));
            assert!(
                step(len - 1) <= steps * 4.0,
                "{clip:?}: {} {steps}",
                step(len - 1)
            );
            for index in [len - 2, len - 1] {
                assert!(bend(index) <= bends * 4.0, "{clip:?}: {} {bends}", bend(index));
            }
        }
    }

    #[test]
    fn what_is_played_once_begins_and_ends_in_silence() {
        for (clip, sample) in all().filter(|(_, sample)| !sample.looped) {
            let s = &sample.samples;
            for end in [&s[..1], &s[s.len() - 1..]] {
                assert!(end[0].abs() < 1e-3, "{clip:?}: {}", end[0]);
            }
            // Nor is it cut off: of its last hundredth little is left.
            let tail = &s[s.len() - s.len() / 100..];
            let most = tail.iter().fold(0.0f32, |most, s| most.max(s.abs()));
            assert!(most < clip.level() * 0.3, "{clip:?}: {most}");
        }
    }

    /// What the page at the top says of them.
    #[test]
    fn together_they_are_small() {
        let secs: f32 = all()
            .map(|(_, s)| s.samples.len() as f32 / s.rate_hz as f32)
            .sum();
        assert!(secs < 105.0, "{secs}");
    }
}

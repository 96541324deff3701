//! Writes a world of so many things, in which everybody who comes may build: `world_of_things FOLDER COUNT`. For figures of
//! hosts that have much to keep and to tell.

use holm_document::folder::Folder;
use holm_document::part::{Paint, Place, Shape};
use holm_document::store::Store;
use holm_document::{Act, History, Keeper, Now, Order, PersonNo, Role, State, ThingId, Wish};
use std::time::Duration;

/// Side of the square in which they stand in rows, metres for each.
const APART_METRES: f32 = 1.5;
/// Acts of one wish.
const AT_ONCE: u32 = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (folder, count) = args
        .next()
        .zip(args.next())
        .ok_or("a folder, and how many things")?;
    let count: u32 = count.parse()?;
    let mut keeper = Keeper::new(State::new([7; 32]), History::default());
    let mut now = Now::default();
    let mut wish = |keeper: &mut Keeper, acts: Vec<Act>| {
        now.since_start += Duration::from_secs(60);
        now.secs += 60;
        keeper.wish(PersonNo(0), &Wish { number: 1, acts }, now)
    };
    wish(
        &mut keeper,
        vec![Act::Order(Order::Newcomers { role: Role::Builder })],
    )?;
    let row = (f64::from(count).sqrt().ceil() as u32).max(1);
    let make = |number: u32| {
        let at = |index: u32| (index as f32 - row as f32 / 2.0) * APART_METRES;
        let parts = vec![
            Place {
                position: [at(number % row), 0.5, at(number / row)],
                scale: [0.5; 3],
                ..Place::default()
            }
            .into(),
            Shape::Box.into(),
            Paint {
                colour: [number as u8, 120, 90, 255],
                roughness: 200,
                metal: 0,
                glow: 0,
            }
            .into(),
        ];
        let thing = ThingId {
            maker: PersonNo(0),
            serial: number + 1,
        };
        Act::Make { thing, parts }
    };
    for first in (0..count).step_by(AT_ONCE as usize) {
        wish(
            &mut keeper,
            (first..count.min(first + AT_ONCE)).map(make).collect(),
        )?;
    }
    Store::create(Folder::new(folder)?, [9; 16], keeper.state(), keeper.history())?;
    Ok(())
}

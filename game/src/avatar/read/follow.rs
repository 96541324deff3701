//! In which order nodes that follow others are turned (`VRMC_node_constraint`), so that none follows where something
//! was a frame ago.

use crate::avatar::document::{AvatarNode, Constraint, Follow};
use std::collections::BTreeMap;

/// Sorted: what a constraint looks at is turned before it. Those that look at themselves, round whatever corner, are
/// left out, and those that look at them.
pub(super) fn in_order(nodes: &[AvatarNode], constraints: Vec<Constraint>) -> Vec<Constraint> {
    let by_node: BTreeMap<u16, usize> = constraints
        .iter()
        .enumerate()
        .map(|(index, constraint)| (constraint.node, index))
        .collect();
    let above = |node: u16| nodes.get(usize::from(node)).and_then(|node| node.parent);
    let line = |node: Option<u16>| core::iter::successors(node, |node| above(*node));
    let waits_for: Vec<Vec<usize>> = constraints
        .iter()
        .map(|constraint| match constraint.follow {
            // Where something is depends on all that it hangs on.
            Follow::Aim(..) => line(Some(constraint.source))
                .chain(line(above(constraint.node)))
                .filter_map(|node| by_node.get(&node).copied())
                .collect(),
            Follow::Roll(_) | Follow::Rotation => {
                by_node.get(&constraint.source).copied().into_iter().collect()
            }
        })
        .collect();
    let mut done = vec![false; constraints.len()];
    let mut sorted = Vec::with_capacity(constraints.len());
    loop {
        let next = (0..constraints.len())
            .find(|index| !done[*index] && waits_for[*index].iter().all(|other| done[*other]));
        let Some(next) = next else { return sorted };
        done[next] = true;
        sorted.push(constraints[next]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::{Quat, Vec3};

    /// Nodes with these parents.
    fn nodes(parents: &[Option<u16>]) -> Vec<AvatarNode> {
        let node = |parent: &Option<u16>| AvatarNode {
            name: String::new(),
            parent: *parent,
            translation: Vec3::Y,
            rotation: Quat::IDENTITY,
            scale: Vec3::ONE,
        };
        parents.iter().map(node).collect()
    }

    fn order(parents: &[Option<u16>], constraints: &[(u16, u16, Follow)]) -> Vec<u16> {
        let constraint = |(node, source, follow): &(u16, u16, Follow)| Constraint {
            node: *node,
            source: *source,
            weight: 1.0,
            follow: *follow,
        };
        let all = constraints.iter().map(constraint).collect();
        let sorted = in_order(&nodes(parents), all);
        sorted.iter().map(|constraint| constraint.node).collect()
    }

    const TURN: Follow = Follow::Rotation;
    const AIM: Follow = Follow::Aim(1, false);

    #[test]
    fn a_chain_is_turned_from_its_beginning_however_the_file_lists_it() {
        let flat = [None, Some(0), Some(0), Some(0), Some(0)];
        assert_eq!(
            order(&flat, &[(4, 3, TURN), (3, 2, Follow::Roll(0)), (2, 1, TURN)]),
            [2, 3, 4]
        );
        // Where 3 is depends on how 1 is turned; 4 hangs on 2.
        let deep = [None, Some(0), Some(1), Some(2), Some(2)];
        assert_eq!(order(&deep, &[(4, 3, AIM), (1, 0, TURN)]), [1, 4]);
        assert_eq!(order(&deep, &[(4, 0, AIM), (2, 0, TURN)]), [2, 4]);
        // How 3 is turned does not.
        assert_eq!(order(&deep, &[(4, 3, TURN), (1, 0, TURN)]), [4, 1]);
    }

    #[test]
    fn what_follows_itself_is_left_out_and_nothing_else() {
        let flat = [None, Some(0), Some(0), Some(0), Some(0), Some(0)];
        let circle = [(1, 2, TURN), (2, 3, TURN), (3, 1, TURN), (4, 5, TURN)];
        assert_eq!(order(&flat, &circle), [4]);
        assert_eq!(order(&flat, &[(1, 1, TURN), (2, 1, TURN), (4, 5, TURN)]), [4]);
        // One that aims at what hangs on it.
        let deep = [None, Some(0), Some(1), Some(2)];
        assert_eq!(order(&deep, &[(1, 3, AIM), (3, 0, TURN)]), [3]);
        assert_eq!(
            order(&deep, &[(1, 3, TURN)]),
            [1],
            "a turn alone moves nothing that it looks at"
        );
    }
}

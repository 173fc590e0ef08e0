//! Names of tiles by the specification, and the tiles of trees by the definition of RFC 6962.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> Option<(u8, u64, usize)> {
    text.parse::<TilePath>().ok().map(|path| (path.level, path.index, path.width))
}

#[test]
fn a_tile_has_the_one_name_that_the_specification_gives_it() {
    assert_eq!(TilePath::full(0, 1_234_067).to_string(), "0/x001/x234/067");
    assert_eq!(TilePath { level: 2, index: 5, width: 112 }.to_string(), "2/005.p/112");
    assert_eq!(parsed("0/x001/x234/067"), Some((0, 1_234_067, 256)));
    assert_eq!(parsed("63/000.p/1"), Some((63, 0, 1)));
    assert_eq!(parsed("1/x018/x446/x744/x073/x709/x551/615.p/255"), Some((1, u64::MAX, 255)));
}

#[test]
fn what_is_no_name_of_a_tile_is_refused() {
    for wrong in [
        "64/000",
        "0/x1/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/",
        "0/000.p/01",
        "00/000",
        "0/0",
        "0/0000",
        "0/x000/005",
        "0/005/",
        "/0/005",
        "0//005",
        "0/x005",
        "0/005/006",
        "0/-05",
        "+0/005",
        "0/xx05",
        "0/xx005/006",
        "0/005.p/-1",
        "0/005.p/5.p/5",
        "",
        "/",
        "entries/000",
        "0/x018/x446/x744/x073/x709/x551/616",
        "0/\u{0660}\u{0660}\u{0660}",
    ] {
        assert_eq!(parsed(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn every_tile_is_read_as_it_is_named_and_as_others_name_it(
        level in 0_u8..=63, index: u64, width in 1_usize..=256
    ) {
        let path = TilePath { level, index, width };
        prop_assert_eq!(path.to_string().parse(), Ok(path));
        let theirs = tlog_tiles::Tile::new(8, level, index, u32::try_from(width).unwrap(), false);
        prop_assert_eq!(format!("tile/8/{path}"), theirs.path());
    }

    #[test]
    fn no_text_is_read_as_a_tile_of_another_name(text in "[x0-9/.p]{0,24}|\\PC{0,24}") {
        if let Ok(path) = text.parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }
}

fn leaf(number: u64) -> Hash {
    let mut leaf = [0; 32];
    leaf[..8].copy_from_slice(&number.to_be_bytes());
    leaf
}

#[test]
fn a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() {
    let (mut edge, mut full) = (Edge::default(), BTreeMap::new());
    for number in 0..70_000 {
        edge.push(leaf(number), |tile| *full.entry(tile.path.level).or_insert(0) += 1);
    }
    assert_eq!(full, BTreeMap::from([(0, 273), (1, 1)]));
    let partial: Vec<_> = edge.tiles().map(|tile| tile.path.to_string()).collect();
    assert_eq!(partial, ["0/273.p/112", "1/001.p/17", "2/000.p/1"]);
    for path in ["0/273.p/112", "1/001.p/17", "2/000.p/1", "0/272", "1/000"] {
        let path: TilePath = path.parse().unwrap();
        assert_eq!(path.width_in(70_000), path.width, "{path}");
    }
    assert_eq!(TilePath::full(0, 274).width_in(70_000), 0);
    assert_eq!(TilePath::full(63, 0).width_in(70_000), 0);
}

#[test]
fn root_and_tiles_are_those_of_the_leaves_at_every_size() {
    let (mut edge, mut leaves, mut tiles) = (Edge::default(), Vec::new(), Vec::new());
    for number in 0..1_030 {
        assert_eq!(edge.size(), number);
        if number < 20 || number % 256 < 2 || number == 1_029 {
            assert_eq!(edge.root(), merkle::root_of(&leaves), "{number}");
        }
        leaves.push(leaf(number));
        edge.push(leaf(number), |tile| tiles.push(tile));
    }
    assert_eq!(tiles.len(), 4);
    for (tile, of) in tiles.iter().zip(leaves.chunks(WIDTH)) {
        assert_eq!(tile.hashes, of);
    }
    let edges: Vec<Tile> = edge.tiles().collect();
    assert_eq!(edges[0].hashes, leaves[1_024..]);
    assert_eq!(edges[1].hashes, leaves[..1_024].chunks(WIDTH).map(merkle::root_of).collect::<Vec<_>>());
}

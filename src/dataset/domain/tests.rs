use super::*;
use crate::dataset::cache::CachedSong;
use crate::dataset::encoder::Encoder;
use crate::dataset::prepare::prepare;
use crate::dataset::prepared::Plan;
use crate::dataset::slices::Slicing;
use crate::dataset::testing::data_root;
use crate::dataset::{Source, pop909::Pop909};
use crate::score::{Document, Edit, Score};

/// A song of three voices in 4/4: melody on `pitch`, so many bars.
fn song(pitch: u8, bars: u32) -> Score {
    let mut s = Score::default();
    let melody = s.add_track("Melody", 0, 0);
    let piano = s.add_track("Piano", 1, 0);
    for bar in 0..bars {
        for k in 0..4 {
            s.add_note(melody, bar * 1920 + k * 480, 480, pitch, 80);
        }
        s.add_note(piano, bar * 1920, 1920, 48, 60);
    }
    s
}

fn on_grid(score: &Score) -> Piece {
    Piece::of_score(score, &score.bars(), 0, score.bar_count(), &[])
}

fn domain() -> Domain {
    let songs: Vec<Piece> = (0..40).map(|i| on_grid(&song(66 + i % 8, 8))).collect();
    Domain::of(songs.iter().map(|p| (p, Some(0.01))))
}

fn gauge(domain: &Domain, score: &Score) -> Gauge {
    domain.distance(score, 0..score.bar_count()).unwrap()
}

fn fixed(score: &Score, fix: Fix) -> Score {
    let document = Document::new(score.clone());
    let after = fix.edit(score).unwrap().apply(&document).unwrap();
    (*after.score).clone()
}

#[test]
fn figures_are_what_one_counts_by_hand() {
    let d = domain();
    assert_eq!(d.songs, 40);
    let pitch = d.spreads[&Measure::MelodyPitch];
    assert_eq!((pitch.q05, pitch.q50, pitch.q95), (66.0, 69.0, 73.0));
    let middle = |m| d.spreads[&m].q50;
    assert_eq!(middle(Measure::Density), 5.0);
    assert_eq!(middle(Measure::Together), 2.0);
    assert_eq!(middle(Measure::Tracks), 2.0);
    assert_eq!(middle(Measure::Downbeats), 1.0);
    assert_eq!(d.bars, BTreeMap::from([(16, 1.0)]));
}

#[test]
fn figures_come_back_from_their_file_and_nonsense_is_refused() {
    let d = domain();
    assert_eq!(Domain::parse(&d.to_ron()), Ok(d.clone()));
    let mut falling = d;
    if let Some(s) = falling.spreads.get_mut(&Measure::Tempo) {
        s.q05 = 900.0;
    }
    let why = Domain::parse(&falling.to_ron()).unwrap_err();
    assert!(why.contains("tempo"), "{why}");
}

#[test]
fn only_training_songs_are_counted() {
    let of = |split| CachedSong {
        id: "1".into(),
        split,
        piece: on_grid(&song(70, 4)),
        grid_error: 0.0,
    };
    let cache = Cache {
        songs: Split::ALL.map(of).into(),
        ..Cache::default()
    };
    assert_eq!(Domain::of_cache(&cache).songs, 1);
}

#[test]
fn what_lies_in_the_middle_is_at_no_distance() {
    let g = gauge(&domain(), &song(70, 8));
    assert_eq!((g.distance(), g.verdict()), (0.0, Verdict::Close));
    assert!(g.fixes.is_empty(), "{:?}", g.fixes);
    assert!(domain().distance(&Score::default(), 0..1).is_none());
}

#[test]
fn a_melody_two_octaves_too_low_is_offered_two_octaves_up() {
    let mut low = song(70, 8);
    for t in &mut low.tracks {
        std::sync::Arc::make_mut(t)
            .notes
            .iter_mut()
            .for_each(|n| n.pitch -= 24);
    }
    let g = gauge(&domain(), &low);
    assert_eq!(g.verdict(), Verdict::Far);
    assert_eq!(g.fixes, [Fix::Transpose(24)]);
    assert_eq!(g.fixes[0].label(), "2 octaves up");
    assert_eq!(fixed(&low, g.fixes[0]), song(70, 8));
}

#[test]
fn bar_lines_beside_the_music_are_moved_to_it() {
    let mut late = song(70, 8);
    for t in &mut late.tracks {
        std::sync::Arc::make_mut(t)
            .notes
            .iter_mut()
            .for_each(|n| n.start += 360);
    }
    // The melody's quarters stand in for bar lines everywhere; only the piano tells them.
    let melody = late.tracks[0].id;
    let notes = late.track_mut(melody).unwrap();
    notes.notes.retain(|n| (n.start - 360) % 1920 == 480);
    let g = gauge(&domain(), &late);
    let rebar = Fix::Rebar {
        pickup: 3,
        steps: 16,
    };
    assert!(g.fixes.contains(&rebar), "{g:?}");
    let after = fixed(&late, rebar);
    assert_eq!(after.tracks, late.tracks);
    assert_eq!((after.bars().start(1), after.bars().start(2)), (360, 2280));
}

#[test]
fn every_fix_is_one_labelled_edit() {
    let s = song(70, 4);
    for fix in [
        Fix::Transpose(-5),
        Fix::Quantise,
        Fix::HalveBeats,
        Fix::DoubleBeats,
        Fix::Rebar {
            pickup: 0,
            steps: 12,
        },
    ] {
        let edit = fix.edit(&s).unwrap();
        assert!(edit.label().len() > 5, "{fix:?}");
        assert!(edit.apply(&Document::new(s.clone())).is_ok());
    }
    // A semitone beyond the keyboard is not offered at the cost of a note.
    assert!(Fix::Transpose(80).edit(&s).is_none());
}

/// The bundled figures, from the songs the bundled model was trained on; all but 018, which preparing leaves out
/// since it was found to be nearly the same as test song 017.
fn bundled() -> Domain {
    Domain::parse(include_str!("../../../models/pop/domain.ron")).unwrap()
}

/// `LACUNA_BLESS=1` writes `models/pop/domain.ron` anew.
#[test]
fn the_bundled_figures_are_those_of_the_training_songs() {
    let Some(root) = data_root() else { return };
    let source = Pop909::new(&root.join("pop909"));
    let encoder = Encoder::FreeOctuple;
    let plan = Plan {
        source: "pop909".into(),
        tokenizer: encoder.id().into(),
        slicing: Slicing::WHOLE,
        tempo: encoder.usual_tempo(),
        key: None,
        limit: 0,
    };
    let folder = tempfile::tempdir().unwrap();
    prepare(&source, &encoder, &plan, folder.path(), 2, &mut |_| true).unwrap();
    let cache = Cache::load(folder.path(), encoder.id()).unwrap();
    let domain = Domain::of_cache(&cache);
    if std::env::var_os("LACUNA_BLESS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/models/pop/domain.ron");
        std::fs::write(file, domain.to_ron()).unwrap();
        return;
    }
    assert_eq!(domain, bundled());
}

/// Moves every onset by up to 50 of 480 ticks, as somebody plays who does not listen to the click.
fn loose(score: &Score) -> Score {
    let mut s = score.clone();
    for t in &mut s.tracks {
        let t = std::sync::Arc::make_mut(t);
        for n in &mut t.notes {
            n.start += 15 + n.id.0 * 7919 % 36;
        }
        t.sort();
    }
    s
}

#[test]
fn test_songs_are_close_and_what_was_done_to_them_is_told_and_mended() {
    let Some(root) = data_root() else { return };
    let domain = bundled();
    let source = Pop909::new(&root.join("pop909"));
    let songs = source.songs_of(Split::Test).unwrap();
    let loaded = songs.iter().step_by(3).filter_map(|r| source.load(r).ok());
    let scores: Vec<Score> = loaded.map(|s| s.score).collect();
    let close: Vec<&Score> = scores
        .iter()
        .filter(|s| gauge(&domain, s).verdict() == Verdict::Close)
        .collect();
    println!("{} of {} test songs are close", close.len(), scores.len());
    assert!(close.len() * 4 >= scores.len() * 3);

    // For each change: songs told apart, and songs brought back by the fix.
    let mut counts = [[0usize; 2]; 4];
    for s in &close {
        let changes = [
            (Fix::Transpose(24).edit(s), Fix::Transpose(-24)),
            (Fix::Transpose(-24).edit(s), Fix::Transpose(24)),
            (Some(Edit::RecountBeats { halve: false }), Fix::HalveBeats),
            (None, Fix::Quantise),
        ];
        for (count, (edit, fix)) in counts.iter_mut().zip(changes) {
            let changed = match edit {
                Some(edit) => (*edit.apply(&Document::new((*s).clone())).unwrap().score).clone(),
                None => loose(s),
            };
            let g = gauge(&domain, &changed);
            if g.verdict() == Verdict::Close {
                continue;
            }
            count[0] += 1;
            let back = |f: &Fix| gauge(&domain, &fixed(&changed, *f)).verdict() == Verdict::Close;
            count[1] += usize::from(g.fixes.first() == Some(&fix) && back(&fix));
        }
    }
    println!(
        "up, down, twice the beats, loose: {counts:?} of {}",
        close.len()
    );
    // A slow song in twice the beats is a fast one; only what leaves the middle can be told.
    for ([told, mended], least) in counts.into_iter().zip([0.9, 0.9, 0.5, 0.9]) {
        assert!(told as f64 >= least * close.len() as f64, "{counts:?}");
        assert!(mended * 10 >= told * 9, "{counts:?}");
    }
}

//! `lacuna convert`: tokens become MIDI files, a piece a file of another kind.

use super::{CliError, Progress, convert_piece, files, interrupted};
use crate::dataset::token_file;
use crate::format;
use crate::tokenizer::{Tokenizer, registry};
use clap::Args;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Turn token files back into MIDI files, or a piece into notation, a picture or MIDI
///
/// With two files, a piece (.mid, .midi, .lacuna) and one that ends in .musicxml, .svg, .png or .mid, the piece is written as
/// that. Everything else is tokens: prepared data sets and files of arrays or text.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// A piece and the file to write it to; or token files or folders of them: prepared data sets, .npy (arrays, lists of arrays or of chunks), REMI-z
    /// as .txt or .jsonl
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// The representation of the tokens [default: the one a prepared data set was made with]
    #[arg(long)]
    pub tokenizer_id: Option<String>,
    /// Folder for the MIDI files
    #[arg(short, long, default_value = "midi")]
    pub output_dir: PathBuf,
    /// Most files to write; 0 means all
    #[arg(long, default_value_t = 0)]
    pub max_files: usize,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

/// Runs the subcommand.
pub fn run(args: ConvertArgs) -> Result<(), CliError> {
    if let [piece, output] = args.inputs.as_slice()
        && let Some(writer) = convert_piece::writer(piece, output)
    {
        return convert_piece::run(piece, output, writer, args.force);
    }
    let failed = |e: &dyn std::fmt::Display| CliError::Failed(e.to_string());
    let named = match &args.tokenizer_id {
        Some(id) => Some(registry::find(id).map_err(CliError::Failed)?),
        None => None,
    };
    std::fs::create_dir_all(&args.output_dir).map_err(|source| CliError::File {
        doing: "create",
        path: args.output_dir.clone(),
        source,
    })?;
    let limit = if args.max_files == 0 {
        usize::MAX
    } else {
        args.max_files
    };
    let stop = interrupted();
    let mut progress = Progress::new("converting", 0, "items");
    let (mut written, mut refused, mut mended) = (0usize, 0usize, 0usize);
    let mut broken: Option<CliError> = None;
    for input in &args.inputs {
        let tokenizer: &dyn Tokenizer = match named {
            Some(t) => t,
            None => token_file::tokenizer_of(input)
                .map_err(|e| failed(&e))?
                .ok_or_else(|| {
                    CliError::Failed(format!(
                        "{} does not say which tokens it holds; name them with --tokenizer-id",
                        input.display()
                    ))
                })?,
        };
        token_file::read(input, tokenizer, &mut |name, mut tokens| {
            mended += token_file::mend(tokenizer, &mut tokens);
            let score = match tokenizer.decode(&tokens) {
                Ok(score) => score,
                Err(e) => {
                    refused += 1;
                    progress.say(&format!("left out: {name}: {e}"));
                    return true;
                }
            };
            let path = args.output_dir.join(format!("{name}.mid"));
            let saved = files::refuse_to_replace(&path, args.force)
                .and_then(|()| Ok(format::save_midi(&path, &score)?));
            match saved {
                Ok(()) => written += 1,
                Err(e) => broken = Some(e),
            }
            progress.at(written as u64, "");
            broken.is_none() && written < limit && !stop.load(Ordering::Acquire)
        })
        .map_err(|e| failed(&e))?;
        if let Some(e) = broken.take() {
            return Err(e);
        }
        if stop.load(Ordering::Acquire) {
            return Err(CliError::Interrupted);
        }
        if written >= limit {
            break;
        }
    }
    progress.finish(&format!(
        "{}: {written} MIDI files, {refused} items left out, {mended} rows or symbols mended",
        args.output_dir.display()
    ));
    if written == 0 && refused > 0 {
        return Err(CliError::Failed(
            "no item could be read as these tokens; is it another representation?".into(),
        ));
    }
    Ok(())
}

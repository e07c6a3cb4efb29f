//! A picture that stays on the graphics card while it does not change: what is drawn of it costs four corners.

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};

/// The picture, once there is one.
#[derive(Clone, Default)]
pub struct Sheet(Option<TextureHandle>);

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Sheet" } else { "None" })
    }
}

impl Sheet {
    /// Puts pixels (premultiplied, by rows) in the place of those there are. They are not smoothed.
    pub fn set(&mut self, ctx: &Context, name: &str, size: [usize; 2], pixels: Vec<Color32>) {
        if size.contains(&0) || size[0] * size[1] != pixels.len() {
            self.0 = None;
            return;
        }
        let image = ColorImage::new(size, pixels);
        match &mut self.0 {
            Some(texture) => texture.set(image, TextureOptions::NEAREST),
            None => self.0 = Some(ctx.load_texture(name, image, TextureOptions::NEAREST)),
        }
    }

    /// What a mesh names it by; `None` while it is empty.
    pub fn id(&self) -> Option<TextureId> {
        self.0.as_ref().map(TextureHandle::id)
    }
}

package io.maas.training.data;

import io.maas.error.Require;

/**
 * What images in files become.
 *
 * <p>Immutable and thread-safe.
 *
 * @param height the height in pixels that all get, {@code 1 <= height <= 16384}
 * @param width the width in pixels that all get, {@code 1 <= width <= 16384}
 * @param grey whether colours become shades of grey: one channel instead of red, green and blue
 * @param skipping whether files that are no images are passed over; if not, they are refused
 * @param maxPixels the most pixels that an image in a file may have, from its header; a larger one is refused before it is decoded,
 *     as a small file may hold a huge image
 */
public record ImageOptions(int height, int width, boolean grey, boolean skipping, long maxPixels) {
    /** 32 megapixels, which decode to about 130 MB. */
    public static final long DEFAULT_MAX_PIXELS = 1 << 25;

    private static final int MAX_SIDE = 1 << 14;

    public ImageOptions {
        Require.that(1 <= height && height <= MAX_SIDE, "height", height, "1 <= height <= " + MAX_SIDE);
        Require.that(1 <= width && width <= MAX_SIDE, "width", width, "1 <= width <= " + MAX_SIDE);
        Require.positive(maxPixels, "maxPixels");
    }

    /** Images in red, green and blue, of this size. */
    public static ImageOptions rgb(int height, int width) {
        return new ImageOptions(height, width, false, false, DEFAULT_MAX_PIXELS);
    }

    /** Images in shades of grey, of this size. */
    public static ImageOptions grey(int height, int width) {
        return new ImageOptions(height, width, true, false, DEFAULT_MAX_PIXELS);
    }

    /** Files that are no images are passed over. */
    public ImageOptions skippingOthers() {
        return new ImageOptions(height, width, grey, true, maxPixels);
    }

    public ImageOptions withMaxPixels(long other) {
        return new ImageOptions(height, width, grey, skipping, other);
    }

    /** 1 for grey, else 3. */
    public int channels() {
        return grey ? 1 : 3;
    }
}

package io.maas.training.data;

import io.maas.error.InvalidInputException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** One file with an image. */
final class ImageFile {
    private static final byte[][] BEGINNINGS = {
        {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'},
        {(byte) 0xff, (byte) 0xd8, (byte) 0xff},
        {'B', 'M'}
    };

    private ImageFile() {}

    /** Whether a file begins as PNG, JPEG and BMP files do. */
    static boolean isImage(Path file) throws IOException {
        byte[] start;
        try (InputStream stream = Files.newInputStream(file)) {
            start = stream.readNBytes(8);
        }
        for (byte[] beginning : BEGINNINGS) {
            if (start.length >= beginning.length
                    && Arrays.equals(start, 0, beginning.length, beginning, 0, beginning.length)) {
                return true;
            }
        }
        return false;
    }

    /** Writes the pixels, channel after channel. */
    static void read(Path file, ImageOptions options, ByteBuffer to) throws IOException {
        try (InputStream bytes = Files.newInputStream(file)) {
            BufferedImage image = decode(file.toString(), bytes, options.maxPixels());
            new Resampling(new PixelRows(image, options.grey()), options).write(to);
        }
    }

    /**
     * The image that bytes hold.
     *
     * @param title what to call it in messages
     * @throws InvalidInputException if it is damaged, of another format or too large
     */
    static BufferedImage decode(String title, InputStream bytes, long maxPixels) throws IOException {
        try (ImageInputStream stream = new MemoryCacheImageInputStream(bytes)) {
            return decode(title, stream, maxPixels);
        } catch (IOException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | IllegalStateException
                | NullPointerException
                | ClassCastException
                | ArithmeticException e) {
            // The decoders of the JDK fail on damaged files in many ways.
            throw new InvalidInputException(
                    title + ": not to be decoded, " + e.getMessage()
                            + " (expected: a whole PNG, JPEG or BMP image); replace or remove the file",
                    e);
        }
    }

    private static BufferedImage decode(String title, ImageInputStream stream, long maxPixels) throws IOException {
        ImageReader reader = reader(stream);
        try {
            // Without metadata, which is of no use here and may be large.
            reader.setInput(stream, true, true);
            long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
            if (pixels > maxPixels) {
                throw new InvalidInputException(title + ": " + reader.getWidth(0) + " x " + reader.getHeight(0)
                        + " pixels (expected: at most " + maxPixels
                        + "); allow more with ImageOptions.withMaxPixels(…), or remove the file");
            }
            return whole(reader);
        } finally {
            reader.dispose();
        }
    }

    /** The decoder of JPEG only warns where data ends too early, and makes the rest grey. */
    private static BufferedImage whole(ImageReader reader) throws IOException {
        List<String> warnings = new ArrayList<>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        BufferedImage image = reader.read(0);
        for (String warning : warnings) {
            String lower = warning.toLowerCase(Locale.ROOT);
            if (lower.contains("premature") || lower.contains("truncated")) {
                throw new IOException(warning);
            }
        }
        return image;
    }

    private static ImageReader reader(ImageInputStream stream) throws IOException {
        Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            String format = reader.getFormatName().toLowerCase(Locale.ROOT);
            if (format.equals("png") || format.equals("jpeg") || format.equals("bmp")) {
                return reader;
            }
            reader.dispose();
        }
        throw new IOException("no reader knows its format");
    }
}

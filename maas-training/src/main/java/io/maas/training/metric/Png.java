package io.maas.training.metric;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.imageio.ImageIO;

/** Writes pictures for people who look at them while they are written. */
public final class Png {
    private Png() {}

    /**
     * Writes a picture beside the file first and then puts it in its place, so that the file is whole at every moment.
     *
     * @throws IOException if it cannot be written; a file that was there before is still there
     */
    public static void write(BufferedImage image, Path png) throws IOException {
        Path beside = png.resolveSibling(png.getFileName() + ".part");
        try {
            try (OutputStream out = Files.newOutputStream(beside)) {
                ImageIO.write(image, "png", out);
            }
            Files.move(beside, png, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }
}

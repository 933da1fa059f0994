package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFolderTest {
    private static final int RED = 0xffff0000;
    private static final int BLUE = 0xff0000ff;

    @TempDir
    Path folder;

    @BeforeEach
    void twoClasses() throws IOException {
        Files.createDirectories(folder.resolve("cats"));
        Files.createDirectories(folder.resolve("dogs"));
    }

    private static byte[] encode(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, bytes)).isTrue();
        return bytes.toByteArray();
    }

    private Path write(String name, BufferedImage image) throws IOException {
        return Files.write(folder.resolve(name), encode(image, name.substring(name.indexOf('.') + 1)));
    }

    private static BufferedImage image(int type, int width, int height, int... colours) {
        BufferedImage image = new BufferedImage(width, height, type);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, colours[i % colours.length]);
        }
        return image;
    }

    private static BufferedImage plain(int colour) {
        return image(BufferedImage.TYPE_INT_RGB, 3, 2, colour);
    }

    private int[] pixels(BufferedImage image, ImageOptions options) throws IOException {
        write("cats/1.png", image);
        write("dogs/1.png", plain(RED));
        double[] values = ImageFolder.read(folder, options).pixels(0, 1).toDoubleArray();
        return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
    }

    @Test
    void foldersAreClasses() throws IOException {
        write("dogs/b.png", plain(BLUE));
        write("cats/z.bmp", plain(RED));
        write("cats/a.jpg", plain(0xff808080));
        Files.writeString(folder.resolve("cats/.hidden"), "x");
        Files.writeString(folder.resolve("readme.txt"), "x");
        ImageFolder images = ImageFolder.read(folder, ImageOptions.rgb(2, 3));
        Dataset data = images.dataset();

        assertThat(images.toString()).isEqualTo("3 images in 2 classes: uint8[3, 3, 2, 3]");
        assertThat(images.classes()).containsExactly("cats", "dogs");
        assertThat(images.files())
                .extracting(file -> file.getFileName().toString())
                .containsExactly("a.jpg", "z.bmp", "b.png");
        assertThat(images.labels().toLongArray()).containsExactly(0, 0, 1);
        assertThat(data.features().dataType()).isEqualTo(DataType.FLOAT32);
        assertThat(data.rows(1, 2).features().toFloatArray())
                .containsExactly(1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(data.rows(new int[] {2}).features().toFloatArray())
                .endsWith(1, 1, 1, 1, 1, 1)
                .startsWith(0);
        assertThat(data.rows(0, 1).features().toFloatArray()[0]).isCloseTo(128 / 255f, within(0.01f));
        assertThat(data.hash())
                .isEqualTo(Dataset.of(data.features(), data.targets()).hash());
    }

    @Test
    void shrinkingTakesTheMeanOfAreas() throws IOException {
        int[] colours = {0xff000000, 0xff404040, 0xff808080, 0xffc0c0c0};
        BufferedImage wide = image(BufferedImage.TYPE_INT_RGB, 4, 2, colours);

        assertThat(pixels(wide, ImageOptions.grey(1, 2))).containsExactly(0x20, 0xa0);
        // Pixels 0, 1 and a third of 2 … three new ones from four.
        assertThat(pixels(wide, ImageOptions.grey(2, 3))).containsExactly(0x10, 0x60, 0xb0, 0x10, 0x60, 0xb0);
    }

    @Test
    void growingInterpolatesBetweenCentres() throws IOException {
        BufferedImage two = image(BufferedImage.TYPE_INT_RGB, 2, 1, 0xff000000, 0xff808080);

        assertThat(pixels(two, ImageOptions.grey(2, 4))).containsExactly(0, 32, 96, 128, 0, 32, 96, 128);
    }

    @Test
    void coloursBecomeGreyByTheirBrightness() throws IOException {
        assertThat(pixels(image(BufferedImage.TYPE_INT_RGB, 3, 1, RED, 0xff00ff00, BLUE), ImageOptions.grey(1, 3)))
                .containsExactly(76, 150, 29);
    }

    @Test
    void transparentPixelsAreWhite() throws IOException {
        assertThat(pixels(image(BufferedImage.TYPE_INT_ARGB, 2, 1, 0x00ff0000, 0x80000000), ImageOptions.rgb(1, 2)))
                .containsExactly(255, 127, 255, 127, 255, 127);
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY})
    void storedGreyKeepsItsValues(int type) throws IOException {
        BufferedImage grey = new BufferedImage(2, 1, type);
        int most = type == BufferedImage.TYPE_BYTE_GRAY ? 255 : 65535;
        grey.getRaster().setSample(0, 0, 0, most / 5);
        grey.getRaster().setSample(1, 0, 0, most);

        assertThat(pixels(grey, ImageOptions.grey(1, 2))).containsExactly(51, 255);
        assertThat(pixels(grey, ImageOptions.rgb(1, 2))).containsExactly(51, 255, 51, 255, 51, 255);
    }

    @Test
    void otherFilesAreRefusedOrPassedOver() throws IOException {
        write("cats/1.png", plain(RED));
        write("dogs/1.png", plain(BLUE));
        Path text = Files.writeString(folder.resolve("dogs/notes.txt"), "x");

        assertThatThrownBy(() -> ImageFolder.read(folder, ImageOptions.rgb(2, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(text + ": no image (expected: PNG, JPEG or BMP); remove it, or pass over such files with"
                        + " ImageOptions.skippingOthers()");
        assertThat(ImageFolder.read(folder, ImageOptions.rgb(2, 2).skippingOthers())
                        .rows())
                .isEqualTo(2);
    }

    @Test
    void classesHaveImagesAndAreSeveral() throws IOException {
        write("cats/1.png", plain(RED));

        assertThatThrownBy(() -> ImageFolder.read(folder, ImageOptions.rgb(2, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(folder.resolve("dogs") + ": no images (expected: at least one for each class)");
        Files.delete(folder.resolve("dogs"));
        assertThatThrownBy(() -> ImageFolder.read(folder, ImageOptions.rgb(2, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(folder + ": 1 subfolders (expected: one for each class, at least two)");
        assertThatThrownBy(() -> ImageFolder.read(folder.resolve("none"), ImageOptions.rgb(2, 2)))
                .isInstanceOf(IOException.class);
    }

    /** A file of 100 bytes may say that it is as large as a house. */
    @Test
    void hugeImagesAreRefusedFromTheirHeader() throws IOException {
        byte[] png = encode(plain(RED), "png");
        // The width in the header of a PNG, with its check sum.
        java.nio.ByteBuffer header = java.nio.ByteBuffer.wrap(png);
        header.putInt(16, 60_000).putInt(20, 60_000);
        java.util.zip.CRC32 sum = new java.util.zip.CRC32();
        sum.update(png, 12, 17);
        header.putInt(29, (int) sum.getValue());
        Path file = Files.write(folder.resolve("cats/bomb.png"), png);
        write("dogs/1.png", plain(RED));

        assertThatThrownBy(() -> ImageFolder.read(folder, ImageOptions.rgb(2, 2)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(file + ": 60000 x 60000 pixels (expected: at most 33554432)");
    }

    @ParameterizedTest
    @CsvSource({"png", "jpg", "bmp"})
    void damagedFilesAreNamed(String format) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        byte[] good = encode(image(BufferedImage.TYPE_INT_RGB, 20, 30, RED, BLUE, 0xff123456), format);
        write("dogs/1.png", plain(RED));
        Path file = folder.resolve("cats/1." + format);
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            byte[] bad = Arrays.copyOf(good, i % 2 == 0 ? good.length : 10 + random.nextInt(good.length - 10));
            for (int j = 0; j < i % 5; j++) {
                bad[8 + random.nextInt(bad.length - 8)] = (byte) random.nextInt(256);
            }
            Files.write(file, bad);
            try {
                ImageFolder.read(folder, ImageOptions.rgb(4, 4));
            } catch (InvalidInputException e) {
                assertThat(e).hasMessageStartingWith(file.toString());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(20);
        Files.write(file, Arrays.copyOf(good, good.length - good.length / 4));
        assertThatThrownBy(() -> ImageFolder.read(folder, ImageOptions.rgb(4, 4)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(file + ": not to be decoded, ");
    }

    @Test
    void optionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageOptions.rgb(0, 1))
                .withMessageStartingWith("height: 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageOptions.grey(1, 100_000))
                .withMessageStartingWith("width: 100000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageOptions.grey(1, 1).withMaxPixels(0))
                .withMessageStartingWith("maxPixels: 0");
    }
}

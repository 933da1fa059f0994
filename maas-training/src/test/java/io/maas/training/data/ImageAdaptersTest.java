package io.maas.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.adapter.Adapter;
import io.maas.adapter.Adapters;
import io.maas.adapter.Label;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.InvalidInputException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class ImageAdaptersTest {
    private static final ImageRecipe TWO_BY_FOUR = ImageRecipe.of(ImageOptions.rgb(2, 4));

    /** Red at the left half, blue at the right one. */
    private static byte[] png(int width, int height) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, 2 * (i % width) < width ? 0xff0000 : 0x0000ff);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", bytes)).isTrue();
        return bytes.toByteArray();
    }

    /** A model of one score that takes such images. */
    private static Artifact artifact(DataType type, Object... shape) {
        GraphBuilder b = new GraphBuilder("image");
        Value input = b.cast(b.input("image", type, Shape.symbolic(shape)), DataType.FLOAT32);
        b.output(
                "score",
                b.reduceMean(input, false, LongStream.range(1, shape.length).toArray()));
        return Artifact.of(b.build()).withLabels(List.of("no", "yes"));
    }

    /** What the model is given for an image. */
    private static Tensor read(ImageRecipe recipe, DataType type, byte[] image, Object... shape) throws Exception {
        Adapter<byte[], Label> adapter =
                Adapters.load().find("image:1", recipe.on(artifact(type, shape)), byte[].class, Label.class);
        return adapter.encode(List.of(image)).inputs().get("image");
    }

    @Test
    void channelsStandAsTheModelHasThem() throws Exception {
        Tensor first = read(TWO_BY_FOUR, DataType.FLOAT32, png(4, 2), "batch", 3, 2, 4);
        Tensor last = read(TWO_BY_FOUR, DataType.FLOAT32, png(4, 2), "batch", 2, 4, 3);
        Tensor flat = read(TWO_BY_FOUR, DataType.FLOAT32, png(4, 2), "batch", 24);
        Tensor raw = read(TWO_BY_FOUR, DataType.UINT8, png(4, 2), "batch", "height", "width", 3);

        float[] planes = {1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1};
        float[] pixels = {1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1};
        assertThat(first).isEqualTo(Tensor.of(planes, 1, 3, 2, 4));
        assertThat(last).isEqualTo(Tensor.of(pixels, 1, 2, 4, 3));
        assertThat(flat).isEqualTo(Tensor.of(planes, 1, 24));
        assertThat(raw.shape()).isEqualTo(Shape.of(1, 2, 4, 3));
        assertThat(raw.toDoubleArray()[0]).isEqualTo(255);
        assertThat(raw.toDoubleArray()[8]).isEqualTo(255);
        assertThat(raw.toDoubleArray()[1]).isZero();
    }

    @Test
    void eachChannelIsNormalizedAsTheRecipeSays() throws Exception {
        ImageRecipe recipe = TWO_BY_FOUR.normalized(new double[] {0.5, 0.25, 0}, new double[] {0.5, 0.5, 0.1});

        double[] values =
                read(recipe, DataType.FLOAT32, png(4, 2), "batch", 3, 2, 4).toDoubleArray();

        assertThat(values[0]).isCloseTo(1, within(1e-6));
        assertThat(values[2]).isCloseTo(-1, within(1e-6));
        assertThat(values[8]).isCloseTo(-0.5, within(1e-6));
        assertThat(values[18]).isCloseTo(10, within(1e-5));
    }

    @Test
    void theMiddleIsCutOutAfterTheShorterSideHasItsLength() throws Exception {
        ImageRecipe recipe = ImageRecipe.of(ImageOptions.rgb(2, 2)).withShorterSide(4);

        // 16 x 8 pixels become 8 x 4, of which columns 3 and 4 are the last red and the first blue one.
        Tensor cut = read(recipe, DataType.FLOAT32, png(16, 8), "batch", 2, 2, 3);

        assertThat(cut).isEqualTo(Tensor.of(new float[] {1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1}, 1, 2, 2, 3));
    }

    @Test
    void whatIsNoImageOrTooLargeIsRefused() {
        assertThatThrownBy(() -> read(TWO_BY_FOUR, DataType.FLOAT32, new byte[] {1, 2, 3}, "batch", 3, 2, 4))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("image: not to be decoded, no reader knows its format");
        ImageRecipe small = ImageRecipe.of(ImageOptions.rgb(2, 4).withMaxPixels(100));
        assertThatThrownBy(() -> read(small, DataType.FLOAT32, png(20, 6), "batch", 3, 2, 4))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("image: 20 x 6 pixels (expected: at most 100)");
    }

    @Test
    void aRecipeThatDoesNotFitTheModelIsRefused() {
        assertThatThrownBy(() -> read(TWO_BY_FOUR, DataType.FLOAT32, png(4, 2), "batch", 3, 4, 2))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("(expected: one, float32 or uint8, of 2 x 4 pixels in 3 channels)");
        Artifact broken = artifact(DataType.FLOAT32, "batch", 3, 2, 4).withTag("image.size", "2 by 4");
        assertThatThrownBy(() -> Adapters.load().find("image:1", broken, byte[].class, Label.class))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith(
                        "tag image.size: \"2 by 4\" (expected: height x width in pixels, such as 224x224)");
    }
}

package io.maas.training.data;

import io.maas.adapter.Adapter;
import io.maas.adapter.AdapterProvider;
import io.maas.adapter.Decoders;
import io.maas.adapter.Encoded;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The bytes of PNG, JPEG and BMP images for models whose artifact has an {@link ImageRecipe}, to all that {@link Decoders} knows. The
 * model has one input: {@code [batch, channels, height, width]}, {@code [batch, height, width, channels]}, {@code [batch, height,
 * width]} or {@code [batch, values]}, of float32, or of uint8 for the pixels as they are.
 */
public final class ImageAdapters implements AdapterProvider {
    @Override
    public String offer() {
        return "images (byte[] of a PNG, JPEG or BMP to Label, Double or a record of outputs, for artifacts with the tag image.size)";
    }

    @Override
    public <I, O> Optional<Adapter<I, O>> find(Artifact artifact, Class<I> input, Class<O> output) {
        if (input != byte[].class || !ImageRecipe.isOn(artifact)) {
            return Optional.empty();
        }
        return Decoders.find(artifact, output).map(decoder -> {
            @SuppressWarnings("unchecked") // I is byte[], as was asked above.
            Adapter<I, O> adapter = (Adapter<I, O>) ImageAdapter.of(artifact, decoder);
            return adapter;
        });
    }

    /** @param channelsLast whether the values of a pixel stand side by side */
    private record ImageAdapter<O>(
            ImageRecipe recipe, TensorSpec spec, boolean channelsLast, Function<Tensors, List<O>> decoder)
            implements Adapter<byte[], O> {
        static <O> ImageAdapter<O> of(Artifact artifact, Function<Tensors, List<O>> decoder) {
            ImageRecipe recipe = ImageRecipe.from(artifact);
            List<TensorSpec> inputs = artifact.signature().inputs();
            ImageOptions options = recipe.options();
            long channels = options.channels();
            Shape shape = inputs.size() == 1 ? inputs.get(0).shape() : null;
            boolean first = fits(shape, channels, options.height(), options.width())
                    || (channels == 1 && fits(shape, options.height(), options.width()))
                    || fits(shape, channels * options.height() * options.width());
            boolean last = !first && fits(shape, options.height(), options.width(), channels);
            boolean typed = shape != null
                    && (inputs.get(0).dataType() == DataType.FLOAT32
                            || inputs.get(0).dataType() == DataType.UINT8);
            if (!typed || !(first || last)) {
                throw new ArtifactRejectedException("inputs " + inputs
                        + " of a model with the tag image.size (expected:"
                        + " one, float32 or uint8, of " + options.height() + " x " + options.width() + " pixels in "
                        + channels + " channels); mend the tags image.size and image.colours");
            }
            return new ImageAdapter<>(recipe, inputs.get(0), last, decoder);
        }

        private static boolean fits(@org.jspecify.annotations.Nullable Shape shape, long... row) {
            boolean fits = shape != null && shape.rank() == row.length + 1;
            for (int i = 0; fits && shape != null && i < row.length; i++) {
                fits = shape.symbol(i + 1) != null || shape.size(i + 1) == row[i];
            }
            return fits;
        }

        @Override
        public String name() {
            return "images";
        }

        @Override
        public long size(byte[] item) {
            return (long) recipe.options().height() * recipe.options().width();
        }

        @Override
        public Encoded<O> encode(List<byte[]> items) throws IOException {
            long[] sizes = sizes(items.size());
            ByteBuffer memory = Tensor.newMemory(Math.multiplyExact(
                    Shape.of(sizes).elements(), (long) spec.dataType().byteSize()));
            for (byte[] item : items) {
                write(pixels(item), memory);
            }
            Tensor tensor = Tensor.wrap(spec.dataType(), Shape.of(sizes), memory.flip());
            return new Encoded<>(Tensors.of(spec.name(), tensor), decoder);
        }

        private long[] sizes(int items) {
            ImageOptions options = recipe.options();
            int rank = java.util.Objects.requireNonNull(spec.shape()).rank();
            if (rank == 2) {
                return new long[] {items, (long) options.channels() * options.height() * options.width()};
            }
            if (rank == 3) {
                return new long[] {items, options.height(), options.width()};
            }
            return channelsLast
                    ? new long[] {items, options.height(), options.width(), options.channels()}
                    : new long[] {items, options.channels(), options.height(), options.width()};
        }

        /** One byte a pixel, channel after channel. */
        private byte[] pixels(byte[] item) throws IOException {
            ImageOptions options = recipe.options();
            BufferedImage image = ImageFile.decode("image", new ByteArrayInputStream(item), options.maxPixels());
            if (recipe.shorterSide() == 0) {
                return resampled(image, options);
            }
            double scale = (double) recipe.shorterSide() / Math.min(image.getWidth(), image.getHeight());
            ImageOptions whole = new ImageOptions(
                    (int) Math.round(image.getHeight() * scale),
                    (int) Math.round(image.getWidth() * scale),
                    options.grey(),
                    false,
                    options.maxPixels());
            return middle(resampled(image, whole), whole, options);
        }

        private static byte[] resampled(BufferedImage image, ImageOptions to) {
            byte[] pixels = new byte[Math.multiplyExact(to.channels(), Math.multiplyExact(to.height(), to.width()))];
            new Resampling(new PixelRows(image, to.grey()), to).write(ByteBuffer.wrap(pixels));
            return pixels;
        }

        private static byte[] middle(byte[] whole, ImageOptions from, ImageOptions to) {
            byte[] cut = new byte[to.channels() * to.height() * to.width()];
            int top = (from.height() - to.height()) / 2;
            int left = (from.width() - to.width()) / 2;
            for (int row = 0; row < to.channels() * to.height(); row++) {
                int y = row / to.height() * from.height() + top + row % to.height();
                System.arraycopy(whole, y * from.width() + left, cut, row * to.width(), to.width());
            }
            return cut;
        }

        private void write(byte[] pixels, ByteBuffer to) {
            int channels = recipe.options().channels();
            int plane = pixels.length / channels;
            float[] values = new float[pixels.length];
            for (int i = 0; i < pixels.length; i++) {
                values[channelsLast ? i % plane * channels + i / plane : i] = Byte.toUnsignedInt(pixels[i]);
            }
            if (spec.dataType() == DataType.UINT8) {
                for (float value : values) {
                    to.put((byte) value);
                }
                return;
            }
            for (int channel = 0; channel < channels; channel++) {
                boolean plain = recipe.means().isEmpty();
                float shift = plain ? 0 : (float) (255 * recipe.means().get(channel));
                float divisor = plain ? 255 : (float) (255 * recipe.deviations().get(channel));
                for (int i = 0; i < plane; i++) {
                    int at = channelsLast ? i * channels + channel : channel * plane + i;
                    values[at] = (values[at] - shift) / divisor;
                }
            }
            FloatBuffer floats = to.asFloatBuffer();
            floats.put(values);
            to.position(to.position() + Float.BYTES * values.length);
        }
    }
}

package io.maas.training.preprocessing;

import com.google.common.primitives.Floats;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * {@link Images}, fitted: {@code pixel * factor + summand}, in float32, as float64 would make requests eight times as large.
 *
 * @param row channels, height, width
 */
record ImageEncoder(
        List<RawColumn> columns,
        String output,
        Images.Settings settings,
        Shape row,
        List<Float> factors,
        List<Float> summands)
        implements Encoder {
    static ImageEncoder of(
            RawColumn column, String output, Images.Settings settings, List<Double> means, List<Double> deviations) {
        Shape raw = column.row();
        Shape row = raw.rank() == 2
                ? Shape.of(1, raw.size(0), raw.size(1))
                : settings.channelsFirst() ? raw : Shape.of(raw.size(2), raw.size(0), raw.size(1));
        List<Float> factors = new ArrayList<>();
        List<Float> summands = new ArrayList<>();
        for (int i = 0; i < means.size(); i++) {
            factors.add((float) (1 / (255 * deviations.get(i))));
            summands.add((float) (-means.get(i) / deviations.get(i)));
        }
        return new ImageEncoder(List.of(column), output, settings, row, factors, summands);
    }

    @Override
    public DataType dataType() {
        return DataType.FLOAT32;
    }

    /** A pixel has no name. */
    @Override
    public List<String> features() {
        String name = columns.get(0).name();
        return IntStream.range(0, Math.toIntExact(row.elements()))
                .mapToObj(i -> name + "[" + i + "]")
                .toList();
    }

    @Override
    public void encode(Tensors rows, Block block, int at) {
        ByteBuffer pixels = columns.get(0).in(rows).bytes();
        int channels = factors.size();
        int plane = Math.toIntExact(row.elements() / channels);
        int from = pixels.position();
        for (int image = 0; image < block.rows(); image++) {
            for (int i = 0; i < plane * channels; i++) {
                int channel = settings.channelsFirst() ? i / plane : i % channels;
                int place = settings.channelsFirst() ? i : channel * plane + i / channels;
                float scaled = Byte.toUnsignedInt(pixels.get(from++)) * factors.get(channel);
                block.set(image, at + place, scaled + summands.get(channel));
            }
        }
    }

    @Override
    public Value write(GraphBuilder b, Map<String, Value> inputs) {
        Value pixels = Places.input(inputs, columns.get(0));
        if (columns.get(0).row().rank() == 2) {
            pixels = b.unsqueeze(pixels, 1);
        } else if (!settings.channelsFirst()) {
            pixels = b.transpose(pixels, 0, 3, 1, 2);
        }
        long[] perChannel = {factors.size(), 1, 1};
        Value factor = b.constant(Tensor.of(Floats.toArray(factors), perChannel));
        Value summand = b.constant(Tensor.of(Floats.toArray(summands), perChannel));
        return b.add(b.mul(b.cast(pixels, DataType.FLOAT32), factor), summand);
    }

    @Override
    public String line() {
        return "images: " + settings;
    }
}

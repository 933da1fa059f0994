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
 * {@link Images}, fitted: {@code (pixel - shift) / divisor} in float32, as float64 would take eight times the memory of a request.
 *
 * @param row channels, height, width
 */
record ImageEncoder(
        List<RawColumn> columns,
        String output,
        Images.Settings settings,
        Shape row,
        List<Float> shifts,
        List<Float> divisors)
        implements Encoder {
    static ImageEncoder of(
            RawColumn column, String output, Images.Settings settings, List<Double> means, List<Double> deviations) {
        Shape raw = column.row();
        Shape row = raw.rank() == 2
                ? Shape.of(1, raw.size(0), raw.size(1))
                : settings.channelsFirst() ? raw : Shape.of(raw.size(2), raw.size(0), raw.size(1));
        List<Float> shifts = new ArrayList<>();
        List<Float> divisors = new ArrayList<>();
        for (int i = 0; i < means.size(); i++) {
            shifts.add((float) (255 * means.get(i)));
            divisors.add((float) (255 * deviations.get(i)));
        }
        return new ImageEncoder(List.of(column), output, settings, row, shifts, divisors);
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
        int channels = shifts.size();
        int plane = Math.toIntExact(row.elements() / channels);
        int from = pixels.position();
        for (int image = 0; image < block.rows(); image++) {
            for (int i = 0; i < plane * channels; i++) {
                int channel = settings.channelsFirst() ? i / plane : i % channels;
                int place = settings.channelsFirst() ? i : channel * plane + i / channels;
                float moved = Byte.toUnsignedInt(pixels.get(from++)) - shifts.get(channel);
                block.set(image, at + place, moved / divisors.get(channel));
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
        long[] perChannel = {shifts.size(), 1, 1};
        Value numbers = b.cast(pixels, DataType.FLOAT32);
        if (shifts.stream().anyMatch(shift -> shift != 0)) {
            numbers = b.sub(numbers, b.constant(Tensor.of(Floats.toArray(shifts), perChannel)));
        }
        return b.div(numbers, b.constant(Tensor.of(Floats.toArray(divisors), perChannel)));
    }

    @Override
    public String line() {
        return "images: " + settings;
    }
}

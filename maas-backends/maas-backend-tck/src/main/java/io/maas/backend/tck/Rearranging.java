package io.maas.backend.tck;

import io.maas.error.Require;
import io.maas.tensor.DataType;

/** Operators that put axes together, apart, or in another order. */
final class Rearranging {
    private Rearranging() {}

    static NdArray depthToSpace(Arguments in) {
        NdArray x = in.get(0);
        int block = Math.toIntExact(in.attributes().longValue("blocksize", 0));
        boolean columnsFirst = in.attributes().string("mode", "DCR").equals("CRD");
        int area = block * block;
        Require.that(x.grid().size(1) % area == 0, "channels", x.grid().size(1), "a multiple of " + area);
        int depth = x.grid().size(1) / area;
        Grid to = Grid.of(
                x.grid().size(0), depth, x.grid().size(2) * block, x.grid().size(3) * block);
        return x.pick(to, at -> {
            int within = at[2] % block * block + at[3] % block;
            int channel = columnsFirst ? at[1] * area + within : within * depth + at[1];
            return x.grid().place(at[0], channel, at[2] / block, at[3] / block);
        });
    }

    static NdArray spaceToDepth(Arguments in) {
        NdArray x = in.get(0);
        int block = Math.toIntExact(in.attributes().longValue("blocksize", 0));
        int depth = x.grid().size(1);
        int height = x.grid().size(2);
        int width = x.grid().size(3);
        Require.that(height % block == 0 && width % block == 0, "shape", x.grid(), "multiples of " + block);
        Grid to = Grid.of(x.grid().size(0), depth * block * block, height / block, width / block);
        return x.pick(to, at -> {
            int within = at[1] / depth;
            int row = at[2] * block + within / block;
            return x.grid().place(at[0], at[1] % depth, row, at[3] * block + within % block);
        });
    }

    static NdArray eyeLike(Arguments in) {
        NdArray x = in.get(0);
        String name = in.attributes().string("dtype", "");
        DataType type = name.isEmpty() ? x.type() : DataType.valueOf(name);
        long diagonal = in.attributes().longValue("k", 0);
        NdArray zeroAndOne = type.isFloating()
                ? NdArray.ofReals(type, Grid.of(2), 0, 1)
                : NdArray.ofIntegers(type, Grid.of(2), 0, 1);
        return zeroAndOne.pick(x.grid(), at -> at[1] == at[0] + diagonal ? 1 : 0);
    }

    static NdArray reverseSequence(Arguments in) {
        NdArray x = in.get(0);
        NdArray lengths = in.get(1);
        int batch = x.grid().axis(in.attributes().longValue("batch_axis", 1));
        int time = x.grid().axis(in.attributes().longValue("time_axis", 0));
        return x.pick(x.grid(), at -> {
            int length = Math.toIntExact(lengths.index(at[batch]));
            int size = x.grid().size(time);
            Require.that(0 <= length && length <= size, "length", length, "0 <= length <= " + size);
            int[] from = at.clone();
            from[time] = at[time] < length ? length - 1 - at[time] : at[time];
            return x.grid().place(from);
        });
    }
}

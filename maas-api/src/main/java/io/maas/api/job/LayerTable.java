package io.maas.api.job;

import static java.util.Map.entry;

import io.maas.error.InvalidInputException;
import io.maas.training.layer.Attention;
import io.maas.training.layer.Convolution;
import io.maas.training.layer.Dense;
import io.maas.training.layer.Initializer;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Layers;
import io.maas.training.layer.Padding;
import io.maas.training.layer.Pool;
import io.maas.training.layer.Recurrent;
import io.maas.training.layer.Transformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/** The layers that a job may name, and what they are told. */
final class LayerTable {
    /** Nobody needs more to learn from a table, and each costs time before a step is counted. */
    private static final int MAX_LAYERS = 256;

    private static final int MAX_NESTING = 8;

    /** Bounds what one layer can ask for; the whole network is held against the budget. */
    private static final int MAX_SIZE = 1 << 20;

    private static final int MAX_KERNEL = 1024;

    private static final SortedMap<String, BiFunction<LayerTable, Declared, Layer>> TYPES = new TreeMap<>(Map.ofEntries(
            entry("dense", (table, it) -> dense(it)),
            plain("relu", Layers::relu),
            entry("leaky_relu", (table, it) -> Layers.leakyRelu(it.number("slope", 0.01))),
            entry("elu", (table, it) -> Layers.elu(it.number("alpha", 1))),
            plain("sigmoid", Layers::sigmoid),
            plain("tanh", Layers::tanh),
            plain("softplus", Layers::softplus),
            plain("softmax", Layers::softmax),
            plain("gelu", Layers::gelu),
            plain("swish", Layers::swish),
            plain("mish", Layers::mish),
            plain("hard_swish", Layers::hardSwish),
            plain("selu", Layers::selu),
            entry("scale", (table, it) -> Layers.scale(it.number("factor"))),
            entry("dropout", (table, it) -> Layers.dropout(it.number("rate"))),
            entry(
                    "batch_norm",
                    (table, it) -> Layers.batchNorm(it.number("momentum", 0.9), it.number("epsilon", 1e-5))),
            entry("layer_norm", (table, it) -> Layers.layerNorm(it.number("epsilon", 1e-5))),
            entry("rms_norm", (table, it) -> Layers.rmsNorm(it.number("epsilon", 1e-6))),
            entry("group_norm", (table, it) -> Layers.groupNorm(it.count("groups", MAX_SIZE))),
            entry("conv", (table, it) -> conv(it)),
            entry("separable", (table, it) -> Layers.separable(it.count("channels", MAX_SIZE), kernel(it))),
            entry("max_pool", (table, it) -> pool(it, Layers.maxPool(kernel(it)))),
            entry("average_pool", (table, it) -> pool(it, Layers.averagePool(kernel(it)))),
            plain("global_max_pool", Layers::globalMaxPool),
            plain("global_average_pool", Layers::globalAveragePool),
            entry("lstm", (table, it) -> recurrent(it, Layers.lstm(it.count("hidden", MAX_SIZE)))),
            entry("gru", (table, it) -> recurrent(it, Layers.gru(it.count("hidden", MAX_SIZE)))),
            entry("rnn", (table, it) -> recurrent(it, Layers.rnn(it.count("hidden", MAX_SIZE)))),
            entry("attention", (table, it) -> attention(it)),
            entry("encoder", (table, it) -> encoder(it)),
            plain("sinusoidal_positions", Layers::sinusoidalPositions),
            entry("learned_positions", (table, it) -> Layers.learnedPositions(it.count("longest", MAX_SIZE))),
            plain("flatten", Layers::flatten),
            entry("reshape", (table, it) -> reshape(it)),
            entry("permute", (table, it) -> Layers.permute(it.wholes("axes", 1, 8))),
            entry("residual", (table, it) -> Layers.residual(table.inner(it, "layers"))),
            entry("sum", (table, it) -> Layers.sum(table.branches(it))),
            entry("parallel", (table, it) -> Layers.parallel((int) it.whole("axis", -1, -1, 8), table.branches(it)))));

    /** Not the orthogonal one, which nothing ends before it is done, and which takes the cube of a layer's size. */
    private static final SortedMap<String, Supplier<Initializer>> INITIALIZERS = new TreeMap<>(Map.of(
            "glorot_uniform", Initializer::glorotUniform,
            "glorot_normal", Initializer::glorotNormal,
            "he_uniform", Initializer::heUniform,
            "he_normal", Initializer::heNormal,
            "lecun_uniform", Initializer::lecunUniform,
            "lecun_normal", Initializer::lecunNormal,
            "zeros", Initializer::zeros));

    private int layers;
    private int nesting;

    private LayerTable() {}

    private static Map.Entry<String, BiFunction<LayerTable, Declared, Layer>> plain(
            String name, Supplier<Layer> layer) {
        return entry(name, (table, it) -> layer.get());
    }

    /** @throws InvalidInputException if one is not known, or is told what it does not take */
    static List<Layer> read(String path, List<Map<String, Object>> declared) {
        List<Declared> all = new ArrayList<>();
        declared.forEach(each -> all.add(new Declared(path + "[" + all.size() + "]", each)));
        return new LayerTable().layers(all);
    }

    static List<Layer> readAll(List<Declared> declared) {
        return new LayerTable().layers(declared);
    }

    private List<Layer> layers(List<Declared> declared) {
        List<Layer> read = new ArrayList<>();
        for (Declared each : declared) {
            if (++layers > MAX_LAYERS) {
                throw new InvalidInputException(each.path() + ": one layer too many (expected: at most " + MAX_LAYERS
                        + ", inner ones counted)");
            }
            read.add(layer(each));
        }
        return read;
    }

    private Layer layer(Declared it) {
        BiFunction<LayerTable, Declared, Layer> type = it.type(TYPES);
        Layer layer = it.made(() -> type.apply(this, it));
        it.end();
        return layer;
    }

    private Layer[] inner(Declared it, String member) {
        if (++nesting > MAX_NESTING) {
            throw it.refusal(member, "layers in layers", "at most " + MAX_NESTING + " of them in each other");
        }
        List<Layer> read = layers(it.objects(member));
        nesting--;
        if (read.isEmpty()) {
            throw it.refusal(member, "none", "a list of at least one layer");
        }
        return read.toArray(new Layer[0]);
    }

    /** Layers beside each other, each an object with a list of layers of its own. */
    private Layer[] branches(Declared it) {
        List<Layer> read = new ArrayList<>();
        for (Declared branch : it.objects("branches")) {
            read.add(Layers.sequential(inner(branch, "layers")));
            branch.end();
        }
        if (read.isEmpty()) {
            throw it.refusal("branches", "none", "a list of at least one object with layers");
        }
        return read.toArray(new Layer[0]);
    }

    private static Dense dense(Declared it) {
        Dense dense = Layers.dense(it.count("units", MAX_SIZE));
        dense = it.is("bias", true) ? dense : dense.withoutBias();
        return initialized(it, dense, dense::withWeight);
    }

    private static <T> T initialized(Declared it, T layer, Function<Initializer, T> with) {
        return it.has("weight") ? with.apply(it.choice("weight", INITIALIZERS).get()) : layer;
    }

    private static int[] kernel(Declared it) {
        int[] kernel = it.wholes("kernel", 1, MAX_KERNEL);
        if (kernel.length == 0 || kernel.length > 3) {
            throw it.refusal("kernel", kernel.length + " sizes", "a list of 1 to 3 whole numbers");
        }
        return kernel;
    }

    private static Layer conv(Declared it) {
        Convolution conv = Layers.conv(it.count("channels", MAX_SIZE), kernel(it));
        int[] stride = it.wholes("stride", 1, MAX_KERNEL);
        conv = stride.length == 0 ? conv : conv.stride(stride);
        int[] dilation = it.wholes("dilation", 1, MAX_KERNEL);
        conv = dilation.length == 0 ? conv : conv.dilation(dilation);
        conv = it.has("groups") ? conv.groups(it.count("groups", MAX_SIZE)) : conv;
        conv = it.is("bias", true) ? conv : conv.withoutBias();
        conv = it.has("padding") ? conv.padding(padding(it)) : conv;
        return initialized(it, conv, conv::withWeight);
    }

    private static Padding padding(Declared it) {
        return it.choice("padding", Map.of("same", Padding.same(), "valid", Padding.valid()));
    }

    private static Layer pool(Declared it, Pool pool) {
        int[] stride = it.wholes("stride", 1, MAX_KERNEL);
        Pool strided = stride.length == 0 ? pool : pool.stride(stride);
        return it.has("padding") ? strided.padding(padding(it)) : strided;
    }

    private static Layer recurrent(Declared it, Recurrent layer) {
        Recurrent read = it.is("both_directions") ? layer.bothDirections() : layer;
        return it.is("last_state") ? read.lastState() : read;
    }

    private static Layer attention(Declared it) {
        Attention read = Layers.attention(it.count("heads", MAX_KERNEL));
        read = it.is("causal") ? read.causalOnly() : read;
        read = it.is("rotary") ? read.withRotary() : read;
        return it.has("dropout") ? read.withDropout(it.number("dropout")) : read;
    }

    private static Layer encoder(Declared it) {
        Transformer read = Layers.encoder(it.count("heads", MAX_KERNEL), it.count("hidden", MAX_SIZE));
        read = it.is("norm_before") ? read.normBefore() : read;
        return it.has("dropout") ? read.withDropout(it.number("dropout")) : read;
    }

    private static Layer reshape(Declared it) {
        int[] row = it.wholes("row", -1, MAX_SIZE);
        long[] sizes = new long[row.length];
        for (int i = 0; i < row.length; i++) {
            sizes[i] = row[i];
        }
        return Layers.reshape(sizes);
    }
}

package io.maas.training.layer;

import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What layers hand on from one piece of a sequence to the next. Each says so wherever the network is written; where that is for
 * whole sequences, nothing comes in and nothing goes out, but it is known from then on what would.
 */
final class Carried {
    /** How many places came before the piece: the size of the axis that grows. */
    static final String PAST = "past";

    /**
     * One tensor that is handed on.
     *
     * @param name such as {@code 0.key}: the number of the layer, and what it is of the layer
     * @param shape with the batch first, and {@value #PAST} for the axis that grows, if one does
     */
    record Slot(String name, DataType dataType, Shape shape) {
        /** The axis that grows; -1 if none does. */
        int axis() {
            for (int i = 0; i < shape.rank(); i++) {
                if (PAST.equals(shape.symbol(i))) {
                    return i;
                }
            }
            return -1;
        }

        /** As Hugging Face's exports name their inputs. */
        String input() {
            return "past_key_values." + name;
        }

        /** As Hugging Face's exports name their outputs. */
        String output() {
            return "present." + name;
        }
    }

    private final List<Slot> slots = new ArrayList<>();
    private final Map<String, Value> pasts = new LinkedHashMap<>();
    private final Map<String, Value> presents = new LinkedHashMap<>();
    private final boolean decoding;
    private final @Nullable Value before;
    private int layers;

    private Carried(boolean decoding, @Nullable Value before) {
        this.decoding = decoding;
        this.before = before;
    }

    /** For whole sequences. */
    static Carried nothing() {
        return new Carried(false, null);
    }

    /** For pieces: declares an input for each tensor that is handed on. */
    static Carried of(List<Slot> known, GraphBuilder b) {
        Map<String, Value> declared = new LinkedHashMap<>();
        Value before = null;
        for (Slot slot : known) {
            Value past = b.input(slot.input(), slot.dataType, slot.shape);
            declared.put(slot.name, past);
            if (before == null && slot.axis() >= 0) {
                before = b.node(
                        Op.GATHER, Attributes.none(), b.shapeOf(past), b.constant(Tensor.scalar((long) slot.axis())));
            }
        }
        Carried carried = new Carried(true, before);
        carried.pasts.putAll(declared);
        return carried;
    }

    List<Slot> slots() {
        return slots;
    }

    boolean decoding() {
        return decoding;
    }

    /** How many places came before the piece, int64 {@code []}; null if none can have. */
    @Nullable
    Value before() {
        return before;
    }

    /** A number for a layer that hands something on. */
    int nextLayer() {
        return layers++;
    }

    /**
     * The tensor that came in for a slot; null for whole sequences.
     *
     * @param shape as in {@link Slot}
     */
    @Nullable
    Value past(int layer, String kind, DataType dataType, Shape shape) {
        Slot slot = new Slot(layer + "." + kind, dataType, shape);
        slots.add(slot);
        return pasts.get(slot.name);
    }

    /** What goes out for a slot. */
    void present(int layer, String kind, Value value) {
        if (decoding) {
            presents.put(layer + "." + kind, value);
        }
    }

    /** The network's outputs, and behind them what is handed on. */
    NamedValues with(NamedValues outputs) {
        NamedValues all = outputs;
        for (Slot slot : slots) {
            Value present = presents.get(slot.name);
            all = present == null ? all : all.and(slot.output(), present);
        }
        return all;
    }
}

package io.maas.backend.onnxruntime;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtException.OrtErrorCode;
import io.maas.backend.Cancellation;
import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one run at a time: it finds the request's tensors, picks or makes the plan for their shapes, and runs it.
 * Memory and plans stay for the next run.
 *
 * <p>For one thread at a time.
 */
final class Workspace implements AutoCloseable {
    /** Shapes that are remembered; a full batch, the last one of an epoch and some lengths of texts. */
    private static final int PLANS = 8;

    private final Engine engine;
    private final List<? extends Resident> residents;
    private final Port[] inputs;
    private final Port[] outputs;
    private final Memory[] inputMemories;
    private final Memory[] outputMemories;
    private final @Nullable Plan[] plans = new @Nullable Plan[PLANS];
    private int latest;
    private final Tensor[][] single;

    /** @param residents the inputs and outputs that requests and answers do not hold; they stay the caller's */
    Workspace(Engine engine, List<? extends Resident> residents) {
        this.engine = engine;
        this.residents = residents;
        inputs = without(engine.inputs(), residents.stream().map(Resident::input));
        outputs = without(engine.outputs(), residents.stream().map(Resident::output));
        inputMemories = memories(inputs.length);
        outputMemories = memories(outputs.length);
        single = new Tensor[1][inputs.length];
    }

    private static Port[] without(Port[] ports, Stream<@Nullable Port> taken) {
        Set<@Nullable Port> excluded = new HashSet<>(taken.toList());
        return Arrays.stream(ports).filter(port -> !excluded.contains(port)).toArray(Port[]::new);
    }

    private static Memory[] memories(int count) {
        return Stream.generate(Memory::new).limit(count).toArray(Memory[]::new);
    }

    /** Runs one request; {@code phase} says which memories of the state are read. */
    Tensors run(Tensors request, int phase, Cancellation cancellation) {
        try {
            locate(request, single[0]);
            return run(single, -1, phase, cancellation)[0];
        } finally {
            Arrays.fill(single[0], null);
        }
    }

    /** Runs several requests as one. */
    List<Tensors> runBatch(List<Tensors> requests, Cancellation cancellation) {
        Tensor[][] all = new Tensor[requests.size()][];
        long rows = 0;
        for (int i = 0; i < all.length; i++) {
            all[i] = new Tensor[inputs.length];
            locate(requests.get(i), all[i]);
            requireLike(all[0], all[i]);
            rows = Math.addExact(rows, all[i][0].shape().size(0));
        }
        return Arrays.asList(run(all, all.length == 1 ? -1 : rows, 0, cancellation));
    }

    private void locate(Tensors request, Tensor[] found) {
        for (int i = 0; i < inputs.length; i++) {
            Port port = inputs[i];
            Tensor tensor = i < request.size() && request.entry(i).name().equals(port.name())
                    ? request.entry(i).tensor()
                    : request.find(port.name());
            if (tensor == null) {
                throw unfit("input " + port.spec() + " is missing: got " + request.names());
            }
            if (tensor.dataType() != port.dataType()) {
                throw unfit("input " + Require.quote(port.name()) + ": got " + tensor + ", expected " + port.spec());
            }
            found[i] = tensor;
        }
        if (request.size() != inputs.length) {
            throw unfit("inputs " + request.names() + " (expected: only "
                    + Arrays.stream(inputs).map(Port::name).toList() + ")");
        }
    }

    private static BackendException unfit(String message) {
        return new BackendException(OnnxRuntimeBackend.NAME, message);
    }

    private void requireLike(Tensor[] first, Tensor[] other) {
        for (int i = 0; i < first.length; i++) {
            Shape one = first[i].shape();
            Shape two = other[i].shape();
            boolean like = one.rank() > 0
                    && one.rank() == two.rank()
                    && two.size(0) == other[0].shape().size(0);
            for (int axis = 1; like && axis < one.rank(); axis++) {
                like = one.size(axis) == two.size(axis);
            }
            if (!like) {
                throw Require.failure(
                        "requests", inputs[i].name() + two, "rows like those of " + inputs[i].name() + one);
            }
        }
    }

    private Tensors[] run(Tensor[][] requests, long rows, int phase, Cancellation cancellation) {
        Plan plan;
        try {
            plan = plan(requests[0], rows);
            try {
                return plan.run(engine, requests, phase, cancellation);
            } catch (OrtException e) {
                if (e.getCode() != OrtErrorCode.ORT_INVALID_ARGUMENT || !plan.relies()) {
                    throw e;
                }
                return runLoosely(requests, rows, phase, cancellation, e);
            }
        } catch (OrtException e) {
            throw Engine.failure(e);
        }
    }

    /** Runs once more without relying on predicted shapes: the runtime does not say whether it was these that failed. */
    private Tensors[] runLoosely(
            Tensor[][] requests, long rows, int phase, Cancellation cancellation, OrtException first)
            throws OrtException {
        Plan loose = prepare(requests[0], rows, false);
        try {
            return loose.run(engine, requests, phase, cancellation);
        } catch (OrtException e) {
            throw first;
        } finally {
            loose.close();
        }
    }

    private Plan plan(Tensor[] request, long rows) {
        boolean pin = engine.isPinning();
        for (int i = 0; i < PLANS; i++) {
            int at = (latest + PLANS - i) % PLANS;
            Plan plan = plans[at];
            if (plan != null && plan.pins() == pin && plan.fits(request, rows)) {
                return plan;
            }
        }
        latest = (latest + 1) % PLANS;
        Plan oldest = plans[latest];
        if (oldest != null) {
            oldest.close();
        }
        Plan fresh = prepare(request, rows, pin);
        plans[latest] = fresh;
        return fresh;
    }

    private Plan prepare(Tensor[] request, long rows, boolean pin) {
        InputSlot[] in = new InputSlot[inputs.length];
        Symbols symbols = new Symbols();
        for (int i = 0; i < in.length; i++) {
            Shape shape = request[i].shape();
            Shape whole = rows < 0 ? shape : shape.withRows(rows);
            in[i] = new InputSlot(engine, inputs[i], whole, inputMemories[i]);
            symbols.bind(inputs[i].shape(), whole);
        }
        for (Resident each : residents) {
            Port port = each.input();
            if (port != null) {
                symbols.bind(port.shape(), each.shape());
            }
        }
        OutputSlot[] out = new OutputSlot[outputs.length];
        for (int i = 0; i < out.length; i++) {
            Shape predicted = symbols.resolve(outputs[i].shape(), outputs[i].dataType());
            out[i] = new OutputSlot(engine, outputs[i], predicted, pin, outputMemories[i]);
        }
        return new Plan(pin, in, out, residents);
    }

    /** The bytes of memory that it keeps. */
    long bytes() {
        long bytes = 0;
        for (Memory memory : inputMemories) {
            bytes += memory.capacity();
        }
        for (Memory memory : outputMemories) {
            bytes += memory.capacity();
        }
        return bytes;
    }

    @Override
    public void close() {
        for (int i = 0; i < PLANS; i++) {
            Plan plan = plans[i];
            if (plan != null) {
                plan.close();
                plans[i] = null;
            }
        }
    }
}

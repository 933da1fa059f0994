package io.maas.backend.onnxruntime;

import ai.onnxruntime.OrtException;
import io.maas.error.BackendException;
import io.maas.error.Require;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The state that an {@link Update} replaces, and its scalars. State that the runtime reads too, the parameters, lies in direct
 * memory; the rest, such as moments, in arrays of the Java heap, where the kernels work in place. All of it is replaced in place:
 * once the runtime is done nothing can fail any more.
 *
 * <p>For one thread at a time.
 */
final class UpdateState implements AutoCloseable {
    /** Floats of each tensor that are worked on at once: four or five such pieces fit the first-level cache. */
    private static final int PIECE = 1024;

    /** Pieces that a thread takes at once: fewer cost more for sums, more leave threads waiting at the end. */
    private static final int PIECES_AT_ONCE = 32;

    private final Update update;
    private final Map<String, Storage> storages = new LinkedHashMap<>();
    private final List<FixedTensor> residents = new ArrayList<>();
    private final Map<String, FixedTensor> scalarsOfBody = new LinkedHashMap<>();
    private final Set<String> bodyInputs;
    private final float[] scalars;
    private final double[] totals;
    private final Job[] jobs;
    private final Job[] otherwise;
    private final Crew crew;
    private final float[][][] spares;

    private UpdateState(Update update, Engine engine, Tensors initial, int threads) throws OrtException {
        this.update = update;
        this.scalars = update.newScalars();
        this.totals = new double[scalars.length];
        this.bodyInputs = Arrays.stream(engine.inputs()).map(Port::name).collect(Collectors.toSet());
        try {
            for (String name : update.state()) {
                storages.put(name, open(engine, name, initial.get(name)));
            }
            for (Update.Part part : update.parts()) {
                for (String name : part.tensors()) {
                    if (update.tensorsOfBody().contains(name) && !storages.containsKey(name)) {
                        storages.put(name, new Direct(output(engine, name, part.shape())));
                    }
                }
            }
            for (String name : update.scalarsOfBody()) {
                Port port = OnnxRuntimeSession.port(engine.outputs(), name, "output");
                scalarsOfBody.put(name, output(engine, name, fixed(port)));
            }
        } catch (OrtException | RuntimeException | OutOfMemoryError e) {
            residents.forEach(FixedTensor::close);
            throw e;
        }
        this.jobs = jobs(update.course());
        this.otherwise = update.hasTwoCourses() ? jobs(update.otherwise()) : jobs;
        int widest = update.parts().stream()
                .mapToInt(part -> part.tensors().size()
                        + part.results().size()
                        + part.sums().size())
                .max()
                .orElse(0);
        this.spares = new float[threads][widest][PIECE];
        this.crew = new Crew(threads);
    }

    static UpdateState open(Update update, Engine engine, Tensors initial, int threads) throws OrtException {
        return new UpdateState(update, engine, initial, threads);
    }

    private Storage open(Engine engine, String name, Tensor first) throws OrtException {
        for (Port port : engine.inputs()) {
            if (port.name().equals(name)) {
                FixedTensor resident = FixedTensor.input(engine, port, first);
                residents.add(resident);
                return new Direct(resident);
            }
        }
        return new Pieces(first);
    }

    private FixedTensor output(Engine engine, String name, Shape shape) throws OrtException {
        FixedTensor resident =
                FixedTensor.output(engine, OnnxRuntimeSession.port(engine.outputs(), name, "output"), shape);
        residents.add(resident);
        return resident;
    }

    private static Shape fixed(Port port) {
        Shape shape = port.shape();
        if (shape == null) {
            throw new IllegalStateException("output " + port.name() + ": of unknown shape (expected: a scalar)");
        }
        return shape;
    }

    /** A tensor in pieces. */
    private sealed interface Storage {
        /** The array that holds a piece; {@code spare} if the piece must be copied there first. */
        float[] read(int piece, int count, float[] spare);

        /** Takes over what was computed into an array, if it is not that of the piece itself. */
        void write(int piece, int count, float[] values);

        Tensor copy();
    }

    /** In the memory that the runtime reads or writes. */
    private record Direct(FixedTensor tensor, FloatBuffer floats) implements Storage {
        Direct(FixedTensor tensor) {
            this(tensor, tensor.floats());
        }

        @Override
        public float[] read(int piece, int count, float[] spare) {
            floats.get(piece * PIECE, spare, 0, count);
            return spare;
        }

        @Override
        public void write(int piece, int count, float[] values) {
            floats.put(piece * PIECE, values, 0, count);
        }

        @Override
        public Tensor copy() {
            return tensor.copy();
        }
    }

    /** On the Java heap. */
    private static final class Pieces implements Storage {
        private final Shape shape;
        private final float[][] arrays;

        Pieces(Tensor first) {
            shape = first.shape();
            arrays = new float[Math.toIntExact((first.elements() + PIECE - 1) / PIECE)][PIECE];
            FloatBuffer floats = first.floats();
            for (int i = 0; i < arrays.length; i++) {
                floats.get(i * PIECE, arrays[i], 0, Math.min(PIECE, floats.limit() - i * PIECE));
            }
        }

        @Override
        public float[] read(int piece, int count, float[] spare) {
            return arrays[piece];
        }

        @Override
        public void write(int piece, int count, float[] values) {
            if (values != arrays[piece]) {
                System.arraycopy(values, 0, arrays[piece], 0, count);
            }
        }

        @Override
        public Tensor copy() {
            long elements = shape.elements();
            ByteBuffer copy = Tensor.newMemory(elements * Float.BYTES);
            FloatBuffer floats = copy.asFloatBuffer();
            for (int i = 0; i < arrays.length; i++) {
                floats.put(arrays[i], 0, (int) Math.min(PIECE, elements - (long) i * PIECE));
            }
            return Tensor.wrap(DataType.FLOAT32, shape, copy);
        }
    }

    /** A run of pieces of one part, for one thread. */
    private final class Job {
        private final Update.Part part;
        private final Storage[] read;
        private final Storage[] written;
        private final int[] place;
        private final int from;
        private final int to;
        private final int elements;
        private final double[] sums;
        private final float[][] arrays;
        private float[] own = {};

        Job(Update.Part part, int from, int to) {
            this.part = part;
            this.from = from;
            this.to = to;
            this.elements = Math.toIntExact(part.shape().elements());
            this.read = part.tensors().stream().map(storages::get).toArray(Storage[]::new);
            this.written = part.results().stream().map(storages::get).toArray(Storage[]::new);
            this.place =
                    part.results().stream().mapToInt(part.tensors()::indexOf).toArray();
            this.sums = new double[part.sums().size()];
            this.arrays = new float[read.length + written.length + sums.length][];
        }

        void prepare() {
            int count = part.scalars().size();
            own = own.length == count ? own : new float[count];
            for (int i = 0; i < count; i++) {
                own[i] = scalars[part.scalars().get(i)];
            }
        }

        /** @param spare arrays of this thread's own, one a tensor */
        void run(float[][] spare) {
            int firstSum = read.length + written.length;
            for (int i = firstSum; i < arrays.length; i++) {
                arrays[i] = spare[i];
                Arrays.fill(arrays[i], 0);
            }
            for (int piece = from; piece < to; piece++) {
                int count = Math.min(PIECE, elements - piece * PIECE);
                for (int i = 0; i < read.length; i++) {
                    arrays[i] = read[i].read(piece, count, spare[i]);
                }
                for (int i = 0; i < written.length; i++) {
                    arrays[read.length + i] = place[i] >= 0 ? arrays[place[i]] : spare[read.length + i];
                }
                part.kernel().run(arrays, own, count);
                for (int i = 0; i < written.length; i++) {
                    written[i].write(piece, count, arrays[read.length + i]);
                }
            }
            for (int i = 0; i < sums.length; i++) {
                sums[i] = sum(arrays[firstSum + i]);
            }
        }
    }

    private static double sum(float[] values) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        for (int i = 0; i < PIECE; i += 4) {
            a += values[i];
            b += values[i + 1];
            c += values[i + 2];
            d += values[i + 3];
        }
        return a + b + c + d;
    }

    private Job[] jobs(Update.Course course) {
        List<Job> all = new ArrayList<>();
        for (Update.Part part : course.parts()) {
            int pieces = Math.toIntExact((part.shape().elements() + PIECE - 1) / PIECE);
            for (int from = 0; from < pieces; from += PIECES_AT_ONCE) {
                all.add(new Job(part, from, Math.min(pieces, from + PIECES_AT_ONCE)));
            }
        }
        return all.toArray(Job[]::new);
    }

    /** What the runtime's part of a step must be given and must not answer. */
    List<FixedTensor> residents() {
        return residents;
    }

    /**
     * Takes the scalars out of the inputs of a step.
     *
     * @return the inputs that are left for the body
     */
    Tensors take(Tensors inputs) {
        List<Tensors.Entry> rest = new ArrayList<>();
        int taken = 0;
        for (Tensors.Entry entry : inputs) {
            boolean scalar = update.scalarInputs().contains(entry.name());
            if (scalar) {
                scalars[update.slot(entry.name())] = number(entry);
                taken++;
            }
            if (!scalar || bodyInputs.contains(entry.name())) {
                rest.add(entry);
            }
        }
        if (taken < update.scalarInputs().size()) {
            throw new BackendException(
                    OnnxRuntimeBackend.NAME,
                    "inputs " + inputs.names() + " (expected: also those of " + update.scalarInputs() + ")");
        }
        return Tensors.copyOf(rest);
    }

    private static float number(Tensors.Entry entry) {
        Tensor tensor = entry.tensor();
        if (tensor.elements() == 1 && tensor.dataType() == DataType.FLOAT32) {
            return tensor.floats().get(0);
        }
        if (tensor.elements() == 1 && tensor.dataType() == DataType.BOOL) {
            return tensor.bytes().get(0);
        }
        throw new BackendException(
                OnnxRuntimeBackend.NAME,
                "input " + Require.quote(entry.name()) + ": got " + tensor + ", expected one float32 or bool");
    }

    /** Whether the state behind an input is kept here. */
    boolean holds(String input) {
        return update.state().contains(input);
    }

    /** The inputs whose state is kept here. */
    Set<String> names() {
        return update.state();
    }

    /** Replaces the state, after the runtime has computed what the body computes. */
    void run() {
        scalarsOfBody.forEach(
                (name, tensor) -> scalars[update.slot(name)] = tensor.floats().get(0));
        Update.Course course = update.course(scalars);
        @SuppressWarnings("ReferenceEquality") // One of the two, and the same one each time.
        Job[] now = course == update.course() ? jobs : otherwise;
        for (Job job : now) {
            job.prepare();
        }
        crew.run(now.length, (part, thread) -> now[part].run(spares[thread]));
        sum(course, now);
        for (Update.Scalar each : course.ending()) {
            UpdateFormula.Instruction instruction = each.instruction();
            scalars[each.slot()] =
                    Update.compute(instruction.op(), scalars[instruction.left()], scalars[instruction.right()]);
        }
    }

    /** Adds up in the order of the elements, so that it does not matter which thread did what. */
    private void sum(Update.Course course, Job[] done) {
        Arrays.fill(totals, 0);
        for (Job job : done) {
            for (int i = 0; i < job.sums.length; i++) {
                totals[job.part.sums().get(i)] += job.sums[i];
            }
        }
        for (Update.Part part : course.parts()) {
            for (int slot : part.sums()) {
                scalars[slot] = (float) totals[slot];
            }
        }
    }

    /** An output of the whole graph that is computed or read here, in memory of its own; null if it is not. */
    @Nullable
    Tensor output(String name) {
        if (update.outputs().contains(name)) {
            return Tensor.scalar(scalars[update.slot(name)]);
        }
        FixedTensor scalar = scalarsOfBody.get(name);
        if (scalar != null) {
            return scalar.copy();
        }
        Storage read = update.tensorsOfBody().contains(name) ? storages.get(name) : null;
        return read == null ? null : read.copy();
    }

    /** The present state behind an input that is kept here. */
    Tensor read(String input) {
        return Objects.requireNonNull(storages.get(input), input).copy();
    }

    @Override
    public void close() {
        crew.close();
        residents.forEach(FixedTensor::close);
    }
}

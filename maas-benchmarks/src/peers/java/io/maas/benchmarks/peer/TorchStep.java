package io.maas.benchmarks.peer;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.tracker.Tracker;
import io.maas.benchmarks.TrainingData;
import io.maas.benchmarks.TrainingStepBenchmark.Step;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A training step in DJL: a block trained by DJL's own {@link Trainer} on its PyTorch engine (libtorch on the CPU).
 *
 * <p>What is measured: {@link #run} is one full training step as a careful DJL user writes it in a plain loop. It copies the
 * batch from Java arrays to where libtorch reads it, runs forward, loss, backward and {@link Trainer#step()} with DJL's Adam at
 * a learning rate of 1e-3. No metrics, evaluators or listeners are attached and nothing is read back; the loss crosses to Java
 * only in {@link #loss()}. {@link #runWithoutUpdate} stops after backward: it bounds from below what the engine itself costs.
 *
 * <p>The choices favour this peer. The batch goes into two direct buffers that libtorch shares, so a step copies it once and
 * allocates no off-heap memory, where creating an {@code NDArray} per step copies it into a new direct buffer that only the
 * garbage collector frees. Every array a step makes belongs to a manager that is closed at its end.
 *
 * <p>Nothing is downloaded: the natives come from the class path ({@code ai.djl.pytorch:pytorch-native-cpu} and {@code
 * ai.djl.pytorch:pytorch-jni}), and DJL's offline mode is switched on unless it was set before. The engine must be of the
 * release that {@code pytorch-jni} names (0.35.1 for 2.7.1-0.35.1): DJL refuses the bundled library of another release and
 * tries to fetch one.
 *
 * <p>With glibc the peer gains at small batches (1.8 times at batch 32 of the perceptron on two AMD EPYC cores) when the
 * process starts with {@code MALLOC_MMAP_THRESHOLD_=1073741824} and {@code MALLOC_TRIM_THRESHOLD_=4294967296} in its
 * environment; a fair comparison states which way it was run.
 *
 * <p>Not thread-safe; one step may run at a time in a process, because DJL allows one gradient collector.
 */
final class TorchStep implements Step {
    private static final String ENGINE = "PyTorch";

    private final TrainingData data;
    private final Model model;
    private final Trainer trainer;
    private final NDManager manager;
    private final Loss objective;
    private final FloatBuffer inputs;
    private final FloatBuffer targets;
    private final NDArray inputArray;
    private final NDArray targetArray;

    private @Nullable NDArray lastLoss;

    /**
     * @param block written once the engine runs, which some blocks ask for
     * @param threads the number of libtorch's intra-op threads, for the whole process
     */
    TorchStep(Block block, TrainingData data, int threads) {
        setIfAbsent("ai.djl.offline", "true");
        // The inter-op pool can be sized once, before the engine starts; a sequential network does not use it.
        setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
        Engine engine = Engine.getEngine(ENGINE);
        JniUtils.setNumThreads(threads);
        engine.setRandomSeed(1);

        this.data = data;
        objective = data.classes() > 0 ? Loss.softmaxCrossEntropyLoss() : new MeanSquared();
        model = Model.newInstance("peer", Device.cpu(), ENGINE);
        model.setBlock(block);
        trainer = model.newTrainer(new DefaultTrainingConfig(objective)
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(Adam.builder()
                        .optLearningRateTracker(Tracker.fixed(1e-3f))
                        .build()));
        Shape inputShape = new Shape(data.inputShape());
        Shape targetShape = new Shape(data.targetShape());
        trainer.initialize(inputShape);

        manager = trainer.getManager().newSubManager();
        ByteBuffer inputBytes = direct(inputShape);
        ByteBuffer targetBytes = direct(targetShape);
        inputs = inputBytes.asFloatBuffer();
        targets = targetBytes.asFloatBuffer();
        // A direct byte buffer is shared with the native tensor, not copied.
        inputArray = manager.create(inputBytes, inputShape, DataType.FLOAT32);
        targetArray = manager.create(targetBytes, targetShape, DataType.FLOAT32);
    }

    /** The mean over all elements, in as few operations as there are; DJL's own has a factor besides. */
    private static final class MeanSquared extends Loss {
        MeanSquared() {
            super("meanSquared");
        }

        @Override
        public NDArray evaluate(NDList labels, NDList predictions) {
            return predictions
                    .singletonOrThrow()
                    .sub(labels.singletonOrThrow())
                    .square()
                    .mean();
        }
    }

    @Override
    public void run(int batch) {
        run(batch, true);
    }

    /**
     * Copy in, forward, loss and backward; the parameters stay as they are. PyTorch adds the gradients up until the next
     * {@link #run}.
     */
    void runWithoutUpdate(int batch) {
        run(batch, false);
    }

    @Override
    public double loss() {
        if (lastLoss == null) {
            throw new IllegalStateException("no step has been run yet");
        }
        return lastLoss.getFloat();
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }

    private void run(int batch, boolean update) {
        if (lastLoss != null) {
            lastLoss.close();
            lastLoss = null;
        }
        inputs.put(0, data.inputs(batch));
        targets.put(0, data.targets(batch));
        try (NDManager scope = manager.newSubManager()) {
            // Results attach to the manager of their inputs: lend the inputs to the scope of this step.
            inputArray.tempAttach(scope);
            targetArray.tempAttach(scope);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList predictions = trainer.forward(new NDList(inputArray));
                NDArray value = objective.evaluate(new NDList(targetArray), predictions);
                collector.backward(value);
                value.attach(manager);
                lastLoss = value;
            }
            if (update) {
                trainer.step();
            }
        }
    }

    private static ByteBuffer direct(Shape shape) {
        return ByteBuffer.allocateDirect(Math.toIntExact(shape.size() * Float.BYTES))
                .order(ByteOrder.nativeOrder());
    }

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}

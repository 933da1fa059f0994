package io.maas.benchmarks.peer;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import ai.djl.training.tracker.Tracker;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The DJL side of the training comparison: a multi-layer perceptron 784-512-256-10 with ReLU between the layers,
 * trained by DJL's own {@link Trainer} on its PyTorch engine (libtorch on the CPU).
 *
 * <p>What is measured: {@link #step} is one full training step as a careful DJL user writes it in a plain loop. It
 * copies the batch from Java arrays to where libtorch reads it, runs forward, softmax cross-entropy, backward and
 * {@link Trainer#step()} with DJL's Adam at a learning rate of 1e-3. No metrics, evaluators or listeners are attached
 * and nothing is read back; the loss crosses to Java only in {@link #lastLoss()}. {@link #stepWithoutUpdate} stops
 * after backward: it bounds from below what the engine itself costs.
 *
 * <p>The choices favour this peer. The batch goes into two direct buffers that libtorch shares, so a step copies it
 * once and allocates no off-heap memory, where creating an {@code NDArray} per step copies it into a new direct buffer
 * that only the garbage collector frees. Every array a step makes belongs to a manager that is closed at its end.
 *
 * <p>Nothing is downloaded: the natives come from the class path ({@code ai.djl.pytorch:pytorch-native-cpu} and {@code
 * ai.djl.pytorch:pytorch-jni}), and DJL's offline mode is switched on unless it was set before. The engine must be of
 * the release that {@code pytorch-jni} names (0.35.1 for 2.7.1-0.35.1): DJL refuses the bundled library of another
 * release and tries to fetch one.
 *
 * <p>With glibc the peer gains at small batches (1.8 times at batch 32 on two AMD EPYC cores) when the process starts
 * with {@code MALLOC_MMAP_THRESHOLD_=1073741824} and {@code MALLOC_TRIM_THRESHOLD_=4294967296} in its environment; a
 * fair comparison states which way it was run.
 *
 * <p>Not thread-safe; one step may run at a time in a process, because DJL allows one gradient collector.
 */
public final class DjlPytorchMlp implements AutoCloseable {

    private static final String ENGINE = "PyTorch";
    private static final int INPUTS = 784;
    private static final int CLASSES = 10;

    private final Model model;
    private final Trainer trainer;
    private final NDManager manager;
    private final Loss loss;
    private final FloatBuffer inputs;
    private final FloatBuffer labels;
    private final NDArray inputArray;
    private final NDArray labelArray;

    private NDArray lastLoss;

    /**
     * Builds and initialises the network.
     *
     * @param batchSize the number of samples of every step
     * @param threads the number of libtorch's intra-op threads, for the whole process
     * @param seed the seed of the initial weights; DJL keeps its low 32 bits
     */
    public DjlPytorchMlp(int batchSize, int threads, long seed) {
        setIfAbsent("ai.djl.offline", "true");
        // The inter-op pool can be sized once, before the engine starts; a sequential network does not use it.
        setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
        Engine engine = Engine.getEngine(ENGINE);
        JniUtils.setNumThreads(threads);
        engine.setRandomSeed((int) seed);

        loss = Loss.softmaxCrossEntropyLoss();
        model = Model.newInstance("mlp", Device.cpu(), ENGINE);
        model.setBlock(new SequentialBlock()
                .add(Linear.builder().setUnits(512).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(256).build())
                .add(Activation.reluBlock())
                .add(Linear.builder().setUnits(CLASSES).build()));
        trainer = model.newTrainer(new DefaultTrainingConfig(loss)
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(Adam.builder()
                        .optLearningRateTracker(Tracker.fixed(1e-3f))
                        .build()));
        trainer.initialize(new Shape(batchSize, INPUTS));

        manager = trainer.getManager().newSubManager();
        ByteBuffer inputBytes = direct(batchSize * INPUTS);
        ByteBuffer labelBytes = direct(batchSize);
        inputs = inputBytes.asFloatBuffer();
        labels = labelBytes.asFloatBuffer();
        // A direct byte buffer is shared with the native tensor, not copied.
        inputArray = manager.create(inputBytes, new Shape(batchSize, INPUTS), DataType.FLOAT32);
        labelArray = manager.create(labelBytes, new Shape(batchSize), DataType.FLOAT32);
    }

    /**
     * Runs one full training step: copy in, forward, loss, backward, Adam.
     *
     * @param x the batch, row by row, {@code batchSize * 784} values
     * @param y the class of each sample, 0 to 9
     */
    public void step(float[] x, float[] y) {
        run(x, y, true);
    }

    /**
     * Runs copy in, forward, loss and backward, and leaves the parameters as they are. PyTorch adds the gradients up
     * until the next {@link #step}, so the two are to be measured on separate instances.
     *
     * @param x the batch, row by row, {@code batchSize * 784} values
     * @param y the class of each sample, 0 to 9
     */
    public void stepWithoutUpdate(float[] x, float[] y) {
        run(x, y, false);
    }

    /**
     * Reads the mean loss of the last step back from the engine.
     *
     * @return the loss before that step's update
     */
    public float lastLoss() {
        if (lastLoss == null) {
            throw new IllegalStateException("No step has been run yet");
        }
        return lastLoss.getFloat();
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }

    private void run(float[] x, float[] y, boolean update) {
        checkLength("x", x, inputs);
        checkLength("y", y, labels);
        if (lastLoss != null) {
            lastLoss.close();
            lastLoss = null;
        }
        inputs.put(0, x);
        labels.put(0, y);
        try (NDManager scope = manager.newSubManager()) {
            // Results attach to the manager of their inputs: lend the inputs to the scope of this step.
            inputArray.tempAttach(scope);
            labelArray.tempAttach(scope);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList predictions = trainer.forward(new NDList(inputArray));
                NDArray value = loss.evaluate(new NDList(labelArray), predictions);
                collector.backward(value);
                value.attach(manager);
                lastLoss = value;
            }
            if (update) {
                trainer.step();
            }
        }
    }

    private static void checkLength(String name, float[] values, FloatBuffer target) {
        if (values.length != target.capacity()) {
            throw new IllegalArgumentException(
                    name + " must hold " + target.capacity() + " values, found " + values.length);
        }
    }

    private static ByteBuffer direct(int floats) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
                .order(ByteOrder.nativeOrder());
    }

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}

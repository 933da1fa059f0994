package io.maas.foreign;

import io.maas.error.Require;
import io.maas.model.TensorSpec;
import io.maas.serving.LoadPolicy;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What we take from a model's configuration.
 *
 * @param file the model's name in the folder of a version
 * @param maxBatchSize 0 if shapes are whole, otherwise they lack the first axis
 * @param instances 0 if it does not say
 * @param labels the names of the classes, if there are any
 * @see <a href="https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto">all fields</a>
 */
record TritonConfig(
        String name,
        String file,
        int maxBatchSize,
        List<Declared> inputs,
        List<Declared> outputs,
        List<Integer> preferred,
        int instances,
        LoadPolicy policy,
        List<String> labels) {
    private static final Map<String, DataType> TYPES = Map.ofEntries(
            Map.entry("TYPE_BOOL", DataType.BOOL),
            Map.entry("TYPE_UINT8", DataType.UINT8),
            Map.entry("TYPE_UINT16", DataType.UINT16),
            Map.entry("TYPE_UINT32", DataType.UINT32),
            Map.entry("TYPE_UINT64", DataType.UINT64),
            Map.entry("TYPE_INT8", DataType.INT8),
            Map.entry("TYPE_INT16", DataType.INT16),
            Map.entry("TYPE_INT32", DataType.INT32),
            Map.entry("TYPE_INT64", DataType.INT64),
            Map.entry("TYPE_FP16", DataType.FLOAT16),
            Map.entry("TYPE_BF16", DataType.BFLOAT16),
            Map.entry("TYPE_FP32", DataType.FLOAT32),
            Map.entry("TYPE_FP64", DataType.FLOAT64),
            Map.entry("TYPE_STRING", DataType.STRING));

    /** An input or output as it is declared. */
    record Declared(String name, DataType type, List<Long> dims) {
        /** Refuses a declaration that is not the model's. */
        void check(String kind, List<TensorSpec> specs, boolean batched) {
            TensorSpec spec = specs.stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> Require.failure(
                            kind,
                            Require.quote(name),
                            "one of " + specs.stream().map(TensorSpec::name).toList()));
            Require.that(
                    spec.dataType() == type && isSame(spec.shape(), batched),
                    kind + " " + name,
                    type.name().toLowerCase(java.util.Locale.ROOT) + dims + (batched ? " behind the batch" : ""),
                    spec + ", as the model has it");
        }

        private boolean isSame(@Nullable Shape shape, boolean batched) {
            int skipped = batched ? 1 : 0;
            if (shape == null) {
                return true;
            }
            if (shape.rank() != dims.size() + skipped) {
                return false;
            }
            for (int i = 0; i < dims.size(); i++) {
                boolean fixed = shape.symbol(i + skipped) == null;
                if (fixed && dims.get(i) != -1 && dims.get(i) != shape.size(i + skipped)) {
                    return false;
                }
            }
            return true;
        }
    }

    static TritonConfig read(Folder folder, Fields config, List<String> notes) throws IOException {
        String declaredName = config.text("name");
        if (declaredName != null && !declaredName.equals(folder.name())) {
            notes.add("name " + Require.quote(declaredName) + " in " + TritonModel.FILE
                    + " counts, and not the folder's");
        }
        requireOnnx(config);
        String file = config.text("default_model_filename");
        long maxBatchSize = config.number("max_batch_size", 0);
        Require.that(
                maxBatchSize >= 0 && maxBatchSize <= Integer.MAX_VALUE, "max_batch_size", maxBatchSize, "0 or more");
        List<String> labelFiles = new ArrayList<>();
        List<Declared> inputs = declared(config.messages("input"), labelFiles, notes);
        List<Declared> outputs = declared(config.messages("output"), labelFiles, notes);
        TritonConfig read = new TritonConfig(
                declaredName == null || declaredName.isEmpty() ? folder.name() : declaredName,
                file == null || file.isEmpty() ? "model.onnx" : file,
                (int) maxBatchSize,
                inputs,
                outputs,
                preferred(config, maxBatchSize, notes),
                instances(config, notes),
                TritonModel.policy(config, notes),
                labels(folder, labelFiles, notes));
        config.end();
        return read;
    }

    private static void requireOnnx(Fields config) {
        String platform = config.text("platform");
        String backend = config.text("backend");
        boolean onnx = (platform == null || platform.isEmpty() || platform.equals("onnxruntime_onnx"))
                && (backend == null || backend.isEmpty() || backend.equals("onnxruntime"));
        Require.that(
                onnx,
                "backend",
                Require.quote(backend == null || backend.isEmpty() ? String.valueOf(platform) : backend),
                "onnxruntime; export the model to ONNX");
    }

    private static List<Declared> declared(List<Fields> tensors, List<String> labelFiles, List<String> notes) {
        List<Declared> declared = new ArrayList<>();
        for (Fields tensor : tensors) {
            String name = tensor.text("name");
            String type = tensor.text("data_type");
            DataType known = TYPES.get(String.valueOf(type));
            if (name == null || name.isEmpty()) {
                throw Require.failure("name of a tensor", String.valueOf(name), "a name");
            }
            if (known == null) {
                throw Require.failure(
                        "data_type of " + name, Require.quote(String.valueOf(type)), "one of " + TYPES.keySet());
            }
            String labels = tensor.text("label_filename");
            if (labels != null && !labels.isEmpty()) {
                labelFiles.add(labels);
            }
            List<Long> dims = tensor.numbers("dims");
            for (Fields reshape : tensor.messages("reshape")) {
                notes.add("reshape of " + name + " is not taken over: callers give " + reshape.numbers("shape")
                        + ", as the model takes it, in place of " + dims);
                dims = reshape.numbers("shape");
            }
            declared.add(new Declared(name, known, dims));
            tensor.end();
        }
        return declared;
    }

    private static List<Integer> preferred(Fields config, long maxBatchSize, List<String> notes) {
        List<Integer> preferred = new ArrayList<>();
        List<Fields> batching = config.messages("dynamic_batching");
        for (Fields each : batching) {
            for (long size : each.numbers("preferred_batch_size")) {
                Require.that(size > 0 && size <= maxBatchSize, "preferred_batch_size", size, "1 to max_batch_size");
                preferred.add((int) size);
            }
            String delay = each.text("max_queue_delay_microseconds");
            if (delay != null) {
                notes.add("dynamic_batching.max_queue_delay_microseconds: " + Require.quote(delay)
                        + " is not needed: batches are formed of what waits while a run is under way");
            }
            each.end();
        }
        if (batching.isEmpty() && maxBatchSize > 1) {
            notes.add("no dynamic_batching, but here requests are batched up to max_batch_size; set"
                    + " DeployOptions.withMaxRows(1) against it");
        }
        return preferred;
    }

    private static int instances(Fields config, List<String> notes) {
        long instances = 0;
        for (Fields group : config.messages("instance_group")) {
            instances += group.number("count", 1);
            String kind = group.text("kind");
            if (kind != null && !kind.equals("KIND_CPU") && !kind.equals("KIND_AUTO")) {
                notes.add(
                        "instance_group.kind " + Require.quote(kind) + " is not taken over: instances run on the CPU");
            }
            group.end();
        }
        Require.that(instances >= 0 && instances <= Short.MAX_VALUE, "instance_group.count", instances, "1 to 32767");
        return (int) instances;
    }

    private static List<String> labels(Folder folder, List<String> files, List<String> notes) throws IOException {
        if (files.size() == 1) {
            return folder.text(files.get(0)).lines().toList();
        }
        files.forEach(file -> notes.add("label_filename " + Require.quote(file)
                + " is not taken over: names of classes are kept of one output only"));
        return List.of();
    }
}

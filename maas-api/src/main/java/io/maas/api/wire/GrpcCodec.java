package io.maas.api.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import io.maas.api.wire.inference.InferParameter;
import io.maas.api.wire.inference.InferTensorContents;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelMetadataResponse;
import io.maas.error.InvalidInputException;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests and answers of the Open Inference Protocol as protobuf messages.
 *
 * <p>Exact, as {@link InferCodec} is. Values are written raw, which every client reads; they are read raw or from the field of their
 * type, but not both ways in one message.
 *
 * <p>Immutable and thread-safe.
 */
public final class GrpcCodec {
    /** Longer is as good as forever, and still fits a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final String TIMEOUT = "timeout";

    /**
     * Reads a message. Its bytes are used in place, so they must not change as long as it lives.
     *
     * @throws InvalidInputException if the bytes are no such message
     */
    public static <M extends MessageLite> M parse(Parser<M> parser, byte[] bytes) {
        try {
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true);
            M message = parser.parseFrom(in);
            in.checkLastTagWas(0);
            return message;
        } catch (InvalidProtocolBufferException e) {
            throw new InvalidInputException(
                    "the message is not valid protobuf (expected: one of the type that the method takes)", e);
        } catch (IOException e) {
            throw new IllegalStateException(e); // There is no file.
        }
    }

    /**
     * Reads a request.
     *
     * @throws InvalidInputException if it is none, saying where
     */
    public InferRequest readRequest(ModelInferRequest message) {
        List<TensorField> fields = new ArrayList<>();
        for (ModelInferRequest.InferInputTensor input : message.getInputsList()) {
            fields.add(new TensorField(
                    input.getName(),
                    input.getDatatype(),
                    input.getShapeList(),
                    input.hasContents() ? input.getContents() : null,
                    input.getParametersMap()));
        }
        String id = message.getId();
        return new InferRequest(
                id.isEmpty() ? null : id,
                timeout(message.getParametersMap()),
                tensors("input", fields, message.getRawInputContentsList()),
                requestedOutputs(message.getOutputsList()));
    }

    private static @Nullable Duration timeout(Map<String, InferParameter> parameters) {
        InferParameter given = parameters.get(TIMEOUT);
        if (given == null) {
            return null;
        }
        long micros =
                switch (given.getParameterChoiceCase()) {
                    case INT64_PARAM -> given.getInt64Param();
                    case UINT64_PARAM -> given.getUint64Param() < 0 ? Long.MAX_VALUE : given.getUint64Param();
                    default ->
                        throw new InvalidInputException(
                                "parameters.timeout is of the wrong kind (expected: a whole number, microseconds)");
                };
        if (micros < 0) {
            throw new InvalidInputException(
                    "parameters.timeout is negative (expected: microseconds, 0 for no timeout)");
        }
        return micros == 0
                ? null
                : Duration.of(Math.min(micros, LONGEST.toNanos() / 1000), ChronoUnit.MICROS);
    }

    private static List<String> requestedOutputs(List<ModelInferRequest.InferRequestedOutputTensor> outputs) {
        requireFew("output", outputs.size());
        List<String> names = outputs.stream()
                .map(ModelInferRequest.InferRequestedOutputTensor::getName)
                .toList();
        if (names.stream().distinct().count() != names.size()) {
            throw new InvalidInputException("outputs has a name twice (expected: each name once)");
        }
        outputs.forEach(output -> requireNoSharedMemory(JsonBody.title("output", output.getName(), 0), output.getParametersMap()));
        return names;
    }

    /** What of a tensor's message matters. */
    private record TensorField(
            String name,
            String datatype,
            List<Long> shape,
            @Nullable InferTensorContents contents,
            Map<String, InferParameter> parameters) {}

    private static Tensors tensors(String kind, List<TensorField> fields, List<ByteString> raw) {
        requireFew(kind, fields.size());
        boolean isRaw = !raw.isEmpty();
        if (isRaw && raw.size() != fields.size()) {
            throw new InvalidInputException("raw_" + kind + "_contents has " + raw.size() + " entries (expected: "
                    + fields.size() + ", one for each " + kind + "; or none)");
        }
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            TensorField field = fields.get(i);
            String title = JsonBody.title(kind, field.name().isEmpty() ? null : field.name(), i);
            requireNoSharedMemory(title, field.parameters());
            entries.add(new Tensors.Entry(field.name(), tensor(title, kind, field, isRaw ? raw.get(i) : null)));
        }
        try {
            return Tensors.copyOf(entries);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(kind + "s: " + e.getMessage(), e);
        }
    }

    private static Tensor tensor(String title, String kind, TensorField field, @Nullable ByteString raw) {
        DataType type = Datatypes.find(field.datatype());
        if (type == null) {
            throw new InvalidInputException(
                    title + ": datatype is unknown (expected: one of " + Datatypes.names() + ")");
        }
        Shape shape = fixedShape(title, field.shape());
        if (raw == null) {
            InferTensorContents contents = field.contents();
            return new ContentsReader(
                            title, type, shape, contents == null ? InferTensorContents.getDefaultInstance() : contents)
                    .read();
        }
        if (field.contents() != null) {
            throw new InvalidInputException(title + ": contents stand beside raw_" + kind
                    + "_contents (expected: all values in the one or all in the other)");
        }
        return RawTensors.read(title, type, shape, raw);
    }

    private static Shape fixedShape(String title, List<Long> sizes) {
        if (sizes.size() > Shape.MAX_RANK) {
            throw new InvalidInputException(
                    title + ": shape has too many axes (expected: at most " + Shape.MAX_RANK + ")");
        }
        try {
            Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
            Math.toIntExact(shape.elements());
            return shape;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new InvalidInputException(title + ": shape: " + e.getMessage(), e);
        }
    }

    private static void requireFew(String kind, int count) {
        if (count > TensorReader.MAX_TENSORS) {
            throw new InvalidInputException(
                    kind + "s has too many entries (expected: at most " + TensorReader.MAX_TENSORS + ")");
        }
    }

    private static void requireNoSharedMemory(String title, Map<String, InferParameter> parameters) {
        if (parameters.containsKey("shared_memory_region")) {
            throw new InvalidInputException(
                    title + ": shared memory is not supported (expected: the values in the message)");
        }
    }

    /**
     * The message of a request.
     *
     * @throws InvalidInputException if a text is not valid Unicode
     */
    public ModelInferRequest writeRequest(String model, InferRequest request) {
        ModelInferRequest.Builder message = ModelInferRequest.newBuilder().setModelName(model);
        if (request.id() != null) {
            message.setId(request.id());
        }
        Duration timeout = request.timeout();
        if (timeout != null) {
            Duration bounded = timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout;
            // Rounded up: 0 would mean no timeout.
            long micros = Math.max(1, bounded.plusNanos(999).toNanos() / 1000);
            message.putParameters(
                    TIMEOUT, InferParameter.newBuilder().setInt64Param(micros).build());
        }
        for (int i = 0; i < request.inputs().size(); i++) {
            Tensors.Entry entry = request.inputs().entry(i);
            message.addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                    .setName(entry.name())
                    .setDatatype(Datatypes.name(entry.tensor().dataType()))
                    .addAllShape(sizes(entry.tensor().shape())));
            try {
                message.addRawInputContents(RawTensors.write(JsonBody.title("input", entry.name(), i), entry.tensor()));
            } catch (NotRepresentableException e) {
                throw new InvalidInputException(String.valueOf(e.getMessage()), e);
            }
        }
        for (String output : request.outputs()) {
            message.addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(output));
        }
        return message.build();
    }

    /**
     * Reads an answer.
     *
     * @throws InvalidInputException if it is none, saying where
     */
    public InferResponse readResponse(ModelInferResponse message) {
        List<TensorField> fields = new ArrayList<>();
        for (ModelInferResponse.InferOutputTensor output : message.getOutputsList()) {
            fields.add(new TensorField(
                    output.getName(),
                    output.getDatatype(),
                    output.getShapeList(),
                    output.hasContents() ? output.getContents() : null,
                    output.getParametersMap()));
        }
        String id = message.getId();
        return new InferResponse(
                message.getModelName(),
                MetadataCodec.number(message.getModelVersion(), "model_version"),
                id.isEmpty() ? null : id,
                tensors("output", fields, message.getRawOutputContentsList()));
    }

    /**
     * The message of an answer, which shares the tensors' memory.
     *
     * @throws NotRepresentableException if a text is not valid Unicode
     */
    public ModelInferResponse writeResponse(InferResponse response) {
        ModelInferResponse.Builder message = ModelInferResponse.newBuilder()
                .setModelName(response.model())
                .setModelVersion(Integer.toString(response.version()));
        if (response.id() != null) {
            message.setId(response.id());
        }
        for (int i = 0; i < response.outputs().size(); i++) {
            Tensors.Entry entry = response.outputs().entry(i);
            message.addOutputs(ModelInferResponse.InferOutputTensor.newBuilder()
                    .setName(entry.name())
                    .setDatatype(Datatypes.name(entry.tensor().dataType()))
                    .addAllShape(sizes(entry.tensor().shape())));
            message.addRawOutputContents(RawTensors.write(JsonBody.title("output", entry.name(), i), entry.tensor()));
        }
        return message.build();
    }

    private static List<Long> sizes(Shape shape) {
        List<Long> sizes = new ArrayList<>();
        for (long size : shape.toArray()) {
            sizes.add(size);
        }
        return sizes;
    }

    /** What a server says about a model. A tensor of any rank is written as one axis that varies: the message has nothing else. */
    public ModelMetadataResponse writeModel(ModelMetadata model) {
        ModelMetadataResponse.Builder message =
                ModelMetadataResponse.newBuilder().setName(model.name()).setPlatform(model.platform());
        model.versions().forEach(version -> message.addVersions(Integer.toString(version)));
        model.signature().inputs().forEach(spec -> message.addInputs(metadata(spec)));
        model.signature().outputs().forEach(spec -> message.addOutputs(metadata(spec)));
        return message.build();
    }

    private static ModelMetadataResponse.TensorMetadata metadata(TensorSpec spec) {
        Shape shape = spec.shape();
        return ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(spec.name())
                .setDatatype(Datatypes.name(spec.dataType()))
                .addAllShape(shape == null ? List.of((long) Shape.VARIABLE) : sizes(shape))
                .build();
    }

    /**
     * Reads what a server says about a model; sizes that vary get names as in {@link MetadataCodec#readModel}.
     *
     * @throws InvalidInputException if it is nothing of the kind, saying where
     */
    public ModelMetadata readModel(ModelMetadataResponse message) {
        List<Integer> versions = message.getVersionsList().stream()
                .map(version -> MetadataCodec.number(version, "versions"))
                .toList();
        Signature signature =
                new Signature(specs("input", message.getInputsList()), specs("output", message.getOutputsList()));
        return new ModelMetadata(message.getName(), versions, message.getPlatform(), Symbols.named(signature));
    }

    private static List<TensorSpec> specs(String kind, List<ModelMetadataResponse.TensorMetadata> fields) {
        List<TensorSpec> specs = new ArrayList<>();
        for (ModelMetadataResponse.TensorMetadata field : fields) {
            String title = JsonBody.title(kind, field.getName(), specs.size());
            DataType type = Datatypes.find(field.getDatatype());
            if (type == null) {
                throw new InvalidInputException(
                        title + ": datatype is unknown (expected: one of " + Datatypes.names() + ")");
            }
            Object[] sizes = field.getShapeList().stream()
                    .map(size -> size == Shape.VARIABLE ? (Object) Shape.UNKNOWN : size)
                    .toArray();
            try {
                specs.add(new TensorSpec(field.getName(), type, Shape.symbolic(sizes)));
            } catch (IllegalArgumentException e) {
                throw new InvalidInputException(title + ": " + e.getMessage(), e);
            }
        }
        return specs;
    }
}

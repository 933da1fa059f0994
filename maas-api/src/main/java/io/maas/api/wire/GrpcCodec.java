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
import java.math.BigInteger;
import java.nio.ByteBuffer;
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
    /** Where values stand that are in no shared memory. */
    private static final String IN_MESSAGE =
            "values in raw_input_contents or contents, which come back in raw_output_contents";

    private static final String NO_TEXT = ": a text is not valid Unicode (expected: texts that UTF-8 can express)";

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
                parameters(message.getParametersMap()),
                tensors("input", fields, message.getRawInputContentsList()),
                requestedOutputs(message.getOutputsList()));
    }

    private static CallParameters parameters(Map<String, InferParameter> given) {
        CallParameters parameters = CallParameters.none();
        for (Map.Entry<String, InferParameter> each : given.entrySet()) {
            parameters = parameters.with(each.getKey(), value("parameters." + each.getKey(), each.getValue()));
        }
        return parameters;
    }

    private static Object value(String title, InferParameter parameter) {
        return switch (parameter.getParameterChoiceCase()) {
            case BOOL_PARAM -> parameter.getBoolParam();
            case INT64_PARAM -> parameter.getInt64Param();
            case STRING_PARAM -> parameter.getStringParam();
            case DOUBLE_PARAM -> parameter.getDoubleParam();
            case UINT64_PARAM -> unsigned(parameter.getUint64Param());
            case PARAMETERCHOICE_NOT_SET ->
                throw new InvalidInputException(title + " has no value (expected: one of the kinds of a parameter)");
        };
    }

    private static Object unsigned(long bits) {
        return bits >= 0 ? (Object) bits : new BigInteger(Long.toUnsignedString(bits));
    }

    private static List<RequestedOutput> requestedOutputs(List<ModelInferRequest.InferRequestedOutputTensor> outputs) {
        requireFew("output", outputs.size());
        List<RequestedOutput> requested = new ArrayList<>();
        for (ModelInferRequest.InferRequestedOutputTensor output : outputs) {
            String title = JsonBody.title("output", output.getName(), requested.size());
            RequestedOutput one = RequestedOutput.of(output.getName());
            for (Map.Entry<String, InferParameter> each :
                    output.getParametersMap().entrySet()) {
                ParameterReader.refuseSharedMemory(title, each.getKey(), IN_MESSAGE);
                one = one.with(title, each.getKey(), value(title + ".parameters." + each.getKey(), each.getValue()));
            }
            requested.add(one);
        }
        if (requested.stream().map(RequestedOutput::name).distinct().count() != requested.size()) {
            throw new InvalidInputException("outputs has a name twice (expected: each name once)");
        }
        return requested;
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
            field.parameters()
                    .keySet()
                    .forEach(parameter -> ParameterReader.refuseSharedMemory(title, parameter, IN_MESSAGE));
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
        Shape shape = WireShapes.fixed(
                title, field.shape().stream().mapToLong(Long::longValue).toArray());
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
        return BinaryTensors.decode(title, type, shape, raw.asReadOnlyByteBuffer());
    }

    private static void requireFew(String kind, int count) {
        if (count > TensorReader.MAX_TENSORS) {
            throw new InvalidInputException(
                    kind + "s has too many entries (expected: at most " + TensorReader.MAX_TENSORS + ")");
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
        CallParameters parameters = request.parameters();
        put(message, "timeout", parameters.timeoutMicros());
        put(message, "priority", parameters.priority());
        if (parameters.key() != null) {
            message.putParameters(
                    "sticky_key",
                    InferParameter.newBuilder().setStringParam(parameters.key()).build());
        }
        for (int i = 0; i < request.inputs().size(); i++) {
            Tensors.Entry entry = request.inputs().entry(i);
            message.addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                    .setName(entry.name())
                    .setDatatype(Datatypes.name(entry.tensor().dataType()))
                    .addAllShape(sizes(entry.tensor().shape())));
            ByteBuffer raw = BinaryTensors.encode(entry.tensor());
            if (raw == null) {
                throw new InvalidInputException(JsonBody.title("input", entry.name(), i) + NO_TEXT);
            }
            message.addRawInputContents(UnsafeByteOperations.unsafeWrap(raw));
        }
        for (RequestedOutput output : request.outputs()) {
            message.addOutputs(
                    ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName(output.name()));
        }
        return message.build();
    }

    /** Nothing where it is 0, which means the same. */
    private static void put(ModelInferRequest.Builder message, String name, long value) {
        if (value != 0) {
            message.putParameters(
                    name, InferParameter.newBuilder().setInt64Param(value).build());
        }
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
            ByteBuffer raw = BinaryTensors.encode(entry.tensor());
            if (raw == null) {
                throw new NotRepresentableException(JsonBody.title("output", entry.name(), i) + NO_TEXT);
            }
            message.addRawOutputContents(UnsafeByteOperations.unsafeWrap(raw));
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
                .addAllShape(shape == null ? List.of(Shape.VARIABLE) : sizes(shape))
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

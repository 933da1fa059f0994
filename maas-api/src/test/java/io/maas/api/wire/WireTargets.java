package io.maas.api.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.maas.api.fuzz.FuzzTarget;
import io.maas.api.wire.inference.InferParameter;
import io.maas.api.wire.inference.InferTensorContents;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelMetadataResponse;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.InvalidInputException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What comes over the network as a document or as a message, in both directions. */
public final class WireTargets {
    private static final InferCodec INFER = new InferCodec();
    private static final GrpcCodec GRPC = new GrpcCodec();
    private static final MetadataCodec METADATA = new MetadataCodec();
    private static final List<DataType> TYPES = List.of(DataType.values());

    private WireTargets() {}

    public static List<FuzzTarget> all() {
        return List.of(inference(), tensors(), grpc(), documents(), openAi(), errors(), metadata());
    }

    // ---- JSON with binary data behind it

    private static byte[] binary(String json, byte... data) {
        byte[] document = json.getBytes(UTF_8);
        return ByteBuffer.allocate(2 + document.length + data.length)
                .putShort((short) (document.length + 1))
                .put(document)
                .put(data)
                .array();
    }

    /** Two bytes say where the binary data begins, 0 for nowhere. */
    private static FuzzTarget inference() {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(FuzzTarget.kind(0, FuzzTarget.kind(0, """
                        {"id":"é1","parameters":{"timeout":5,"priority":1,"sticky_key":"a","b":true,"c":1.5e0},"inputs":[
                         {"name":"x","shape":[2,2],"datatype":"FP32","data":[[1.5,-2],[3e1,4]]},
                         {"data":["a\\u00e9\\n","☕"],"datatype":"BYTES","shape":[2],"name":"t","parameters":{"k":[{}]}},
                         {"name":"u","datatype":"UINT64","shape":[1],"data":[18446744073709551615]},
                         {"name":"b","datatype":"BOOL","shape":[1],"data":[true]}],
                         "outputs":[{"name":"y","parameters":{"binary_data":false,"classification":2}}],"z":null}""".getBytes(UTF_8))));
        seeds.add(binary("""
                {"inputs":[{"name":"x","shape":[1,1],"datatype":"INT32","parameters":{"binary_data_size":4}},
                 {"name":"t","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}},
                 {"name":"b","shape":[1],"datatype":"BOOL","parameters":{"binary_data_size":1}}]}""", new byte[] {1, 2, 3, 4, 1, 0, 0, 0, 'a', 1}));
        seeds.add(binary("""
                {"model_name":"m","model_version":"3","id":"7","outputs":[
                 {"name":"y","shape":[1],"datatype":"FP16","parameters":{"binary_data_size":2}}]}""", new byte[] {1, 2}));
        return FuzzTarget.of(
                "inference",
                seeds,
                input -> {
                    if (input.length < 2) {
                        return;
                    }
                    int length = ((input[0] & 0xff) << 8 | (input[1] & 0xff)) - 1;
                    byte[] body = Arrays.copyOfRange(input, 2, input.length);
                    Message message = length < 0 ? Message.json(body) : Message.of(body, Integer.toString(length));
                    either(() -> goRound(INFER.readRequest(message)), () -> INFER.readResponse(message));
                },
                InvalidInputException.class,
                UnsupportedRequestException.class);
    }

    /** What was read can be written, and is read as the same. */
    private static void goRound(InferRequest request) {
        InferRequest again = INFER.readRequest(INFER.writeBinaryRequest(request));
        if (!again.inputs().equals(request.inputs())) {
            throw new IllegalStateException("written and read again it is something else");
        }
    }

    /** Both are done, and what the first one refuses may be something for the second. */
    private static void either(Runnable first, Runnable second) {
        try {
            first.run();
        } catch (InvalidInputException | UnsupportedRequestException e) {
            second.run();
            return;
        }
        try {
            second.run();
        } catch (InvalidInputException expected) {
            // It was the first.
        }
    }

    /** Type, rank, sizes of a byte each, data. */
    private static FuzzTarget tensors() {
        List<byte[]> seeds = List.of(
                new byte[] {0, 2, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8},
                new byte[] {(byte) TYPES.indexOf(DataType.STRING), 1, 2, 1, 0, 0, 0, 'a', 0, 0, 0, 0},
                new byte[] {(byte) TYPES.indexOf(DataType.BOOL), 0, 1});
        return FuzzTarget.of(
                "tensors",
                seeds,
                input -> {
                    ByteBuffer bytes = ByteBuffer.wrap(input);
                    if (bytes.remaining() < 2) {
                        return;
                    }
                    DataType type = TYPES.get((bytes.get() & 0xff) % TYPES.size());
                    long[] sizes = new long[Math.min(bytes.get() & 7, bytes.remaining())];
                    for (int i = 0; i < sizes.length; i++) {
                        int size = bytes.get();
                        // Also those whose product is beyond all bounds.
                        sizes[i] = size < 0 ? 1L << (-size % 48) : size;
                    }
                    Shape shape;
                    try {
                        shape = Shape.of(sizes);
                    } catch (IllegalArgumentException e) {
                        return;
                    }
                    var tensor = BinaryTensors.decode("input", type, shape, bytes.slice());
                    BinaryTensors.encode(tensor);
                },
                InvalidInputException.class);
    }

    // ---- protobuf

    private static FuzzTarget grpc() {
        ModelInferRequest raw = ModelInferRequest.newBuilder()
                .setModelName("m")
                .setModelVersion("1")
                .setId("7")
                .putParameters(
                        "timeout", InferParameter.newBuilder().setInt64Param(5).build())
                .putParameters(
                        "priority",
                        InferParameter.newBuilder().setUint64Param(1).build())
                .putParameters(
                        "sticky_key",
                        InferParameter.newBuilder().setStringParam("a").build())
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("INT32")
                        .addShape(1)
                        .addShape(1))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(2).build()))
                .addRawInputContents(ByteString.copyFrom(new byte[] {1, 2, 3, 4}))
                .build();
        ModelInferRequest typed = ModelInferRequest.newBuilder()
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("FP32")
                        .addShape(2)
                        .setContents(InferTensorContents.newBuilder()
                                .addFp32Contents(1)
                                .addFp32Contents(2)))
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("t")
                        .setDatatype("BYTES")
                        .addShape(1)
                        .setContents(InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("é"))))
                .build();
        ModelInferResponse answer = ModelInferResponse.newBuilder()
                .setModelName("m")
                .setModelVersion("1")
                .addOutputs(ModelInferResponse.InferOutputTensor.newBuilder()
                        .setName("y")
                        .setDatatype("BOOL")
                        .addShape(1))
                .addRawOutputContents(ByteString.copyFrom(new byte[] {1}))
                .build();
        ModelMetadataResponse model = ModelMetadataResponse.newBuilder()
                .setName("m")
                .addVersions("1")
                .addInputs(ModelMetadataResponse.TensorMetadata.newBuilder()
                        .setName("x")
                        .setDatatype("FP32")
                        .addShape(-1)
                        .addShape(3))
                .addOutputs(ModelMetadataResponse.TensorMetadata.newBuilder()
                        .setName("y")
                        .setDatatype("FP32")
                        .addShape(-1))
                .build();
        List<byte[]> seeds = new ArrayList<>();
        Stream.of(raw, typed).forEach(each -> seeds.add(FuzzTarget.kind(0, each.toByteArray())));
        seeds.add(FuzzTarget.kind(1, answer.toByteArray()));
        seeds.add(FuzzTarget.kind(2, model.toByteArray()));
        return FuzzTarget.of(
                "grpc",
                seeds,
                input -> {
                    byte[] rest = FuzzTarget.rest(input);
                    switch (FuzzTarget.kind(input, 3)) {
                        case 0 -> message(ModelInferRequest.parser(), rest, GRPC::readRequest);
                        case 1 -> message(ModelInferResponse.parser(), rest, GRPC::readResponse);
                        default -> message(ModelMetadataResponse.parser(), rest, GRPC::readModel);
                    }
                },
                InvalidInputException.class,
                UnsupportedRequestException.class);
    }

    private static <M extends MessageLite> void message(Parser<M> parser, byte[] bytes, Consumer<M> reading) {
        reading.accept(GrpcCodec.parse(parser, bytes));
    }

    // ---- documents

    /**
     * A kind of document.
     *
     * @param use what is made of it at once, which may throw IllegalArgumentException
     */
    private record Kind<T>(Class<T> type, String seed, Consumer<T> use) {
        void read(byte[] body) {
            T document = Documents.read(body, type);
            Documents.write(document);
            try {
                use.accept(document);
            } catch (IllegalArgumentException | ArtifactRejectedException refused) {
                // The caller hears its message.
            }
        }
    }

    private static <T> Kind<T> kind(Class<T> type, String seed) {
        return new Kind<>(type, seed, document -> {});
    }

    private static final List<Kind<?>> KINDS = List.of(
            kind(JobRequest.class, """
                    {"model":"m","data_set":"d-1","features":[{"type":"numbers","columns":["a"],"x":null}],"target":{"column":"c"},
                    "network":[{"type":"residual","layers":[{"type":"relu"}]}],"loss":{"type":"huber","delta":1.5},
                    "optimizer":{"type":"adam"},"metrics":[],"batch_size":3,"seed":-1,"budget":{"seconds":1e2},"description":"é"}"""),
            kind(JobInfo.class, """
                    {"id":"j","model":"m","data_set":"d","state":"queued","submitted_by":"a","submitted":"2026-01-31T10:20:30Z",
                    "resumable":false,"metrics":{"a":1.5}}"""),
            kind(JobList.class, "{\"jobs\":[]}"),
            kind(JobEvent.class, "{\"type\":\"epoch\",\"time\":\"2026-01-31T10:20:30Z\",\"metrics\":{\"a\":1}}"),
            kind(DataSetInfo.class, """
                    {"id":"d","name":"d","format":"csv","bytes":1,"sha256":"0","rows":1,"columns":[{"name":"a","type":"number"}],
                    "owner":"o","created":"2026-01-31T10:20:30Z"}"""),
            kind(DataSetList.class, "{\"data_sets\":[]}"),
            kind(
                    KeyDocuments.Issue.class,
                    "{\"name\":\"a\",\"grants\":[\"infer:t-*\"],\"expires\":\"2030-01-01T00:00:00Z\"}"),
            kind(KeyDocuments.Rotate.class, "{\"overlap\":\"PT24H\"}"),
            kind(RegistryDocuments.NewUpload.class, "{\"format\":\"onnx\",\"size\":5120,\"sha256\":\"00\"}"),
            kind(RegistryDocuments.UploadEnd.class, """
                    {"imported":false,"version":4,"signatures":[{"key_id":"k","value":"v"}],"description":"d","tags":{"a":"b"}}"""),
            new Kind<>(
                    RegistryDocuments.Difference.class,
                    "{\"settings\":[],\"tags\":[],\"metrics\":[],\"files\":[],\"weights\":[]}",
                    RegistryDocuments.Difference::difference),
            new Kind<>(RegistryDocuments.CheckInfo.class, """
                    {"sound":false,"models":1,"versions":1,"blobs":1,"findings":[{"kind":"missing","subject":"s","versions":["m:1"],
                    "message":"m"}]}""", RegistryDocuments.CheckInfo::report),
            new Kind<>(VersionDocuments.VersionInfo.class, """
                    {"model":"m","version":1,"digest":"0","published":"2026-01-31T10:20:30Z","by":"a","why":"","licence":"","tags":{},
                    "signatures":[{"key_id":"k","value":"v"}],"manifest":{"format":1,"files":{"model.onnx":{"sha256":"0","size":1}}}}""", VersionDocuments.VersionInfo::details),
            kind(VersionDocuments.AliasTarget.class, "{\"version\":3}"),
            kind(VersionDocuments.TagValue.class, "{\"value\":\"prod\"}"),
            new Kind<>(
                    VersionDocuments.SignatureInfo.class,
                    "{\"key_id\":\"k\",\"value\":\"AAAA\"}",
                    VersionDocuments.SignatureInfo::signature),
            new Kind<>(VersionDocuments.Search.class, """
                    {"model":"m","where":[{"tag":"stage","value":"prod"},{"metric":"a","comparison":"at_least","bound":0.9}],
                    "by_metric":"a","descending":true,"limit":10}""", VersionDocuments.Search::query),
            new Kind<>(
                    VersionDocuments.ModelHistory.class,
                    "{\"events\":[{\"at\":\"2026-01-31T10:20:30Z\",\"action\":\"publish\",\"version\":1,\"by\":\"a\",\"why\":\"\"}]}",
                    history -> history.events().forEach(VersionDocuments.ModelEvent::event)),
            new Kind<>(DeploymentDocuments.Deploy.class, """
                    {"version":"champion","options":{"max_rows":32,"instances":2,"preferred_rows":[4,8],"latency_target":0.01,
                    "nan_policy":"refuse","threads":1,"spinning":true,"cache_bytes":5}}""", deploy -> {
                if (deploy.options() != null) {
                    deploy.options().options();
                }
            }),
            new Kind<>(DeploymentDocuments.RolloutSettings.class, """
                    {"mode":"canary","version":2,"steps":[{"weight":0.1,"windows":3}],"guards":[{"measure":"error_rate","bound":0.01}],
                    "window":{"duration":1.5,"requests":10,"minimum":5},"patience":{"breaches":1,"windows":2}}""", DeploymentDocuments.RolloutSettings::rollout),
            kind(DeploymentDocuments.Weight.class, "{\"weight\":0.5}"),
            new Kind<>(
                    DeploymentDocuments.Policy.class,
                    "{\"latest\":0,\"pinned\":[1,2]}",
                    DeploymentDocuments.Policy::policy),
            new Kind<>(
                    DeploymentDocuments.DeploymentHistory.class,
                    "{\"events\":[{\"at\":\"2026-01-31T10:20:30Z\",\"action\":\"deploy\",\"version\":1,\"by\":\"a\",\"why\":\"\"}]}",
                    history -> history.events().forEach(DeploymentDocuments.Event::event)),
            kind(DeploymentDocuments.DeploymentList.class, "{\"deployments\":[],\"failures\":{}}"));

    private static FuzzTarget documents() {
        List<byte[]> seeds = IntStream.range(0, KINDS.size())
                .mapToObj(i -> FuzzTarget.kind(i, KINDS.get(i).seed().getBytes(UTF_8)))
                .toList();
        return FuzzTarget.of(
                "documents",
                seeds,
                input -> KINDS.get(FuzzTarget.kind(input, KINDS.size())).read(FuzzTarget.rest(input)),
                InvalidInputException.class);
    }

    private static FuzzTarget openAi() {
        OpenAiCodec codec = new OpenAiCodec();
        return FuzzTarget.of(
                "openai",
                FuzzTarget.texts(
                        "{\"model\":\"m\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\",\"dimensions\":2,\"user\":\"u\"}",
                        "{\"model\":\"m\",\"input\":\"a\",\"encoding_format\":\"float\"}",
                        "{\"model\":\"m\",\"input\":[1,2147483647]}",
                        "{\"model\":\"m\",\"input\":[[1],[2,3]]}"),
                codec::readRequest,
                InvalidInputException.class);
    }

    private static FuzzTarget errors() {
        ErrorCodec codec = new ErrorCodec();
        // Nothing is thrown: what is no error document is none.
        return FuzzTarget.of(
                "errors",
                FuzzTarget.texts(
                        "{\"error\":\"e\",\"code\":\"invalid_input\",\"request_id\":\"7\"}",
                        "<html>",
                        "{\"error\":{\"a\":[]}}"),
                codec::read);
    }

    private static FuzzTarget metadata() {
        RepositoryCodec repository = new RepositoryCodec();
        List<FuzzTarget.Parser> parsers = List.of(
                METADATA::readModel,
                METADATA::readModels,
                METADATA::readExtensions,
                METADATA::readReady,
                repository::readIndex,
                repository::readParameters);
        List<String> texts = List.of(
                """
                {"name":"m","versions":["1","2"],"platform":"onnx_onnxv1","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3]}],
                "outputs":[{"name":"y","datatype":"BYTES","shape":[-1],"parameters":{"any_rank":true}}]}""",
                "{\"models\":[\"a\",\"b\"]}",
                "{\"name\":\"maas\",\"extensions\":[\"binary_tensor_data\"]}",
                "{\"live\":true,\"ready\":true}",
                "{\"ready\":true}",
                "{\"parameters\":{\"config\":\"{}\",\"file:1/model.onnx\":\"\"}}");
        return FuzzTarget.of(
                "metadata",
                IntStream.range(0, texts.size())
                        .mapToObj(i -> FuzzTarget.kind(i, texts.get(i).getBytes(UTF_8)))
                        .toList(),
                input -> parsers.get(FuzzTarget.kind(input, parsers.size())).parse(FuzzTarget.rest(input)),
                InvalidInputException.class);
    }
}

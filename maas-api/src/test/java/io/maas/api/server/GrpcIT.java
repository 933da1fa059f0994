package io.maas.api.server;

import static io.maas.api.server.ForeignGrpc.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.wire.inference.DataType;
import io.maas.api.wire.inference.InferParameter;
import io.maas.api.wire.inference.InferTensorContents;
import io.maas.api.wire.inference.ModelConfig;
import io.maas.api.wire.inference.ModelConfigRequest;
import io.maas.api.wire.inference.ModelConfigResponse;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelMetadataRequest;
import io.maas.api.wire.inference.ModelMetadataResponse;
import io.maas.api.wire.inference.ModelReadyRequest;
import io.maas.api.wire.inference.ModelReadyResponse;
import io.maas.api.wire.inference.ModelRepositoryParameter;
import io.maas.api.wire.inference.ModelStatisticsRequest;
import io.maas.api.wire.inference.ModelStatisticsResponse;
import io.maas.api.wire.inference.RepositoryIndexRequest;
import io.maas.api.wire.inference.RepositoryIndexResponse;
import io.maas.api.wire.inference.RepositoryModelLoadRequest;
import io.maas.api.wire.inference.RepositoryModelLoadResponse;
import io.maas.api.wire.inference.RepositoryModelUnloadRequest;
import io.maas.api.wire.inference.RepositoryModelUnloadResponse;
import io.maas.api.wire.inference.ServerLiveRequest;
import io.maas.api.wire.inference.ServerLiveResponse;
import io.maas.api.wire.inference.ServerMetadataRequest;
import io.maas.api.wire.inference.ServerMetadataResponse;
import io.maas.api.wire.inference.ServerReadyRequest;
import io.maas.api.wire.inference.ServerReadyResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol as clients of gRPC use it. */
@Timeout(120)
class GrpcIT {
    private static Service service;
    private static ForeignGrpc client;

    @BeforeAll
    static void start() {
        service = Service.start();
        service.serve("affine", Models.affine(0));
        service.maas().registry().setAlias("affine", "champion", 1);
        service.serve(
                "types",
                Models.identity(
                        io.maas.tensor.DataType.FLOAT16,
                        io.maas.tensor.DataType.UINT8,
                        io.maas.tensor.DataType.INT8,
                        io.maas.tensor.DataType.UINT64,
                        io.maas.tensor.DataType.BOOL,
                        io.maas.tensor.DataType.STRING));
        service.serve("one", Models.identity(io.maas.tensor.DataType.FLOAT32));
        client = new ForeignGrpc(service.server().port());
    }

    @AfterAll
    static void stop() {
        client.close();
        service.close();
    }

    private static ModelInferRequest row(float... values) {
        return floats("affine", "x", values, 1, 3);
    }

    private static void assertFails(ModelInferRequest request, Status.Code code, String message) {
        assertThatThrownBy(() -> client.infer(request)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(code);
            assertThat(e.getStatus().getDescription()).contains(message);
        });
    }

    @Test
    void tellsWhetherItLivesAndIsReadyAndWhatItIs() {
        assertThat(client.call(
                                "ServerLive",
                                ServerLiveRequest.getDefaultInstance(),
                                ServerLiveResponse.getDefaultInstance())
                        .getLive())
                .isTrue();
        assertThat(client.call(
                                "ServerReady",
                                ServerReadyRequest.getDefaultInstance(),
                                ServerReadyResponse.getDefaultInstance())
                        .getReady())
                .isTrue();
        assertThat(client.call(
                                "ServerMetadata",
                                ServerMetadataRequest.getDefaultInstance(),
                                ServerMetadataResponse.getDefaultInstance())
                        .getName())
                .isEqualTo("maas");
    }

    @Test
    void tellsWhichModelsAreReady() {
        assertThat(ready("affine", "")).isTrue();
        assertThat(ready("affine", "1")).isTrue();
        assertThat(ready("affine", "champion")).isTrue();
        assertThat(ready("affine", "2")).isFalse();
        assertThat(ready("nosuch", "")).isFalse();
    }

    private static boolean ready(String name, String version) {
        return client.call(
                        "ModelReady",
                        ModelReadyRequest.newBuilder()
                                .setName(name)
                                .setVersion(version)
                                .build(),
                        ModelReadyResponse.getDefaultInstance())
                .getReady();
    }

    @Test
    void metadataHasNumbersForVersionsAndNothingInFieldSix() {
        ModelMetadataResponse metadata = client.call(
                "ModelMetadata",
                ModelMetadataRequest.newBuilder()
                        .setName("affine")
                        .setVersion("champion")
                        .build(),
                ModelMetadataResponse.getDefaultInstance());

        assertThat(metadata.getName()).isEqualTo("affine");
        assertThat(metadata.getVersionsList()).containsExactly("1");
        assertThat(metadata.getPlatform()).isEqualTo("onnx_onnxv1");
        assertThat(metadata.getInputs(0).getName()).isEqualTo("x");
        assertThat(metadata.getInputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(metadata.getInputs(0).getShapeList()).containsExactly(-1L, 3L);
        assertThat(metadata.getOutputs(0).getName()).isEqualTo("y");
        assertThat(metadata.getUnknownFields().asMap()).isEmpty();
    }

    @Test
    void rawInputsAreAnsweredRawWithoutContents() {
        ModelInferResponse answer = client.infer(row(1, 2, 3).toBuilder()
                .setId("7")
                .setModelVersion("champion")
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y"))
                .build());

        assertThat(answer.getId()).isEqualTo("7");
        assertThat(answer.getModelName()).isEqualTo("affine");
        assertThat(answer.getModelVersion()).isEqualTo("1");
        assertThat(answer.getOutputs(0).getShapeList()).containsExactly(1L, 2L);
        assertThat(answer.getOutputs(0).getDatatype()).isEqualTo("FP32");
        assertThat(answer.getOutputs(0).hasContents()).isFalse();
        assertThat(floats(answer.getRawOutputContents(0))).containsExactly(22, 28);
    }

    @Test
    void typedContentsAreAnsweredRawToo() {
        ModelInferRequest.Builder request = ForeignGrpc.input("affine", "x", "FP32", 1, 3);
        request.getInputsBuilder(0)
                .setContents(InferTensorContents.newBuilder()
                        .addFp32Contents(1)
                        .addFp32Contents(2)
                        .addFp32Contents(3));

        ModelInferResponse answer = client.infer(request.build());

        assertThat(answer.getOutputs(0).hasContents()).isFalse();
        assertThat(floats(answer.getRawOutputContents(0))).containsExactly(22, 28);
    }

    @Test
    void everyTypeIsTakenAsTheProtocolHasIt() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("types");
        add(request, "in_FLOAT16", "FP16", 0x00, 0x3c, 0xff, 0x7b);
        add(request, "in_UINT8", "UINT8", 0x00, 0xff);
        add(request, "in_INT8", "INT8", 0x80, 0x7f);
        add(request, "in_UINT64", "UINT64", 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);
        add(request, "in_BOOL", "BOOL", 1, 0);
        add(request, "in_STRING", "BYTES", 2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0);

        ModelInferResponse answer = client.infer(request.build());

        assertThat(answer.getRawOutputContentsList()).isEqualTo(request.getRawInputContentsList());
    }

    private static void add(ModelInferRequest.Builder request, String name, String datatype, int... bytes) {
        byte[] raw = new byte[bytes.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = (byte) bytes[i];
        }
        request.addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName(name)
                        .setDatatype(datatype)
                        .addShape(2))
                .addRawInputContents(ByteString.copyFrom(raw));
    }

    @Test
    void classesAreSentAsTextsWhereTheyAreAskedFor() {
        ModelInferResponse answer = client.infer(row(1, 2, 3).toBuilder()
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(1).build()))
                .build());

        assertThat(answer.getOutputs(0).getDatatype()).isEqualTo("BYTES");
        assertThat(answer.getRawOutputContents(0).substring(4).toStringUtf8())
                .startsWith("28.0")
                .endsWith(":1");
    }

    @Test
    void parametersOfTheWrongKindAndSharedMemoryAreRefused() {
        assertFails(
                row(1, 2, 3).toBuilder()
                        .putParameters(
                                "timeout",
                                InferParameter.newBuilder()
                                        .setStringParam("soon")
                                        .build())
                        .build(),
                Status.Code.INVALID_ARGUMENT,
                "parameters.timeout");
        ModelInferRequest.Builder request = ForeignGrpc.input("affine", "x", "FP32", 1, 3);
        request.getInputsBuilder(0)
                .putParameters(
                        "shared_memory_region",
                        InferParameter.newBuilder().setStringParam("r").build());
        assertFails(
                request.build(),
                Status.Code.UNIMPLEMENTED,
                "shared memory is not supported (expected: values in raw_input_contents");
    }

    @Test
    void contentsBesideRawOnesAreRefused() {
        ModelInferRequest.Builder request = row(1, 2, 3).toBuilder();
        request.getInputsBuilder(0).setContents(InferTensorContents.newBuilder().addFp32Contents(1));
        assertFails(request.build(), Status.Code.INVALID_ARGUMENT, "contents stand beside raw_input_contents");
    }

    @Test
    void lengthsThatLieAreRefused() {
        assertFails(
                floats("affine", "x", new float[] {1, 2}, 1, 3), Status.Code.INVALID_ARGUMENT, "8 bytes (expected: ");
        assertFails(
                row(1, 2, 3).toBuilder().addRawInputContents(ByteString.EMPTY).build(),
                Status.Code.INVALID_ARGUMENT,
                "raw_input_contents has 2 entries (expected: 1");
        assertFails(floats("affine", "x", new float[0], Long.MAX_VALUE, 3), Status.Code.INVALID_ARGUMENT, "shape");
        assertFails(floats("affine", "x", new float[0], -1, 3), Status.Code.INVALID_ARGUMENT, "shape");
        assertFails(ForeignGrpc.input("affine", "x", "FP32", 1, 3).build(), Status.Code.INVALID_ARGUMENT, "0 values");
    }

    @Test
    void halfPrecisionHasNoContents() {
        assertFails(
                ForeignGrpc.input("types", "in_FLOAT16", "FP16", 1).build(),
                Status.Code.INVALID_ARGUMENT,
                "expected: its values in raw_input_contents");
    }

    @Test
    void emptyTensorsKeepTheirShape() {
        ModelInferResponse answer = client.infer(floats("affine", "x", new float[0], 0, 3));

        assertThat(answer.getOutputs(0).getShapeList()).containsExactly(0L, 2L);
        assertThat(answer.getRawOutputContents(0)).isEqualTo(ByteString.EMPTY);
    }

    @Test
    void notANumberGoesThrough() {
        float[] values = {Float.NaN, Float.NEGATIVE_INFINITY, -0.0f};
        ModelInferResponse answer = client.infer(floats("one", "in_FLOAT32", values, 3));
        assertThat(floats(answer.getRawOutputContents(0))).isEqualTo(values);
    }

    @Test
    void messagesBeyondFourMebibytesGoThroughBothWays() {
        float[] values = new float[3 << 20];
        values[values.length - 1] = 7;
        ModelInferResponse answer = client.infer(floats("one", "in_FLOAT32", values, values.length));
        assertThat(floats(answer.getRawOutputContents(0))).isEqualTo(values);
    }

    @Test
    void unknownModelsVersionsAndMethodsAreToldApart() {
        assertFails(floats("nosuch", "x", new float[3], 1, 3), Status.Code.NOT_FOUND, "no model \"nosuch\"");
        assertFails(floats("", "x", new float[3], 1, 3), Status.Code.NOT_FOUND, "no model \"\"");
        assertFails(floats("../etc", "x", new float[3], 1, 3), Status.Code.NOT_FOUND, "no model \"../etc\"");
        assertFails(row(1, 2, 3).toBuilder().setModelVersion("9").build(), Status.Code.NOT_FOUND, "9");
        assertFails(row(1, 2, 3).toBuilder().setModelVersion("nosuch").build(), Status.Code.NOT_FOUND, "nosuch");
        assertThatThrownBy(() -> client.call(
                        "CudaSharedMemoryStatus",
                        ServerLiveRequest.getDefaultInstance(),
                        ServerLiveResponse.getDefaultInstance()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }

    @Test
    void bytesThatAreNoMessageAreRefused() {
        for (byte[] bytes : new byte[][] {{1}, {(byte) 0xff, (byte) 0xff}, {0x0a, 0x7f, 'x'}, {0x0c}, {0x0b}}) {
            assertThatThrownBy(() -> client.send("ModelInfer", bytes))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                        assertThat(e.getStatus().getDescription()).startsWith("the message is not valid protobuf");
                    });
        }
    }

    @Test
    void configurationIsWhatLoadToolsRead() {
        ModelConfig config = client.call(
                        "ModelConfig",
                        ModelConfigRequest.newBuilder().setName("affine").build(),
                        ModelConfigResponse.getDefaultInstance())
                .getConfig();

        assertThat(config.getName()).isEqualTo("affine");
        assertThat(config.getMaxBatchSize()).isPositive();
        assertThat(config.getInput(0).getDataType()).isEqualTo(DataType.TYPE_FP32);
        assertThat(config.getInput(0).getDimsList()).containsExactly(3L);
        assertThat(config.getOutput(0).getDimsList()).containsExactly(2L);
        assertThat(config.getVersionPolicy().getSpecific().getVersionsList()).containsExactly(1L);
    }

    @Test
    void statisticsCountRows() {
        long before = statistics("one").getModelStats(0).getInferenceCount();
        client.infer(floats("one", "in_FLOAT32", new float[5], 5));
        assertThat(statistics("one").getModelStats(0).getInferenceCount() - before)
                .isEqualTo(5);
        assertThat(statistics("").getModelStatsList().stream().map(each -> each.getName()))
                .containsExactlyInAnyOrder("affine", "one", "types");
    }

    private static ModelStatisticsResponse statistics(String name) {
        return client.call(
                "ModelStatistics",
                ModelStatisticsRequest.newBuilder().setName(name).build(),
                ModelStatisticsResponse.getDefaultInstance());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void modelsAreUnloadedAndLoadedByTritonsAndKServesClients(boolean kserve) {
        String name = kserve ? "kserve" : "triton";
        service.serve(name, Models.affine(1));
        RepositoryModelUnloadRequest.Builder unload = RepositoryModelUnloadRequest.newBuilder();
        RepositoryModelLoadRequest.Builder load = RepositoryModelLoadRequest.newBuilder();
        if (kserve) {
            unload.setRepositoryName(name);
            load.setRepositoryName(name);
        } else {
            unload.setModelName(name);
            load.setModelName(name);
        }
        client.call("RepositoryModelUnload", unload.build(), RepositoryModelUnloadResponse.getDefaultInstance());
        assertThat(ready(name, "")).isFalse();
        assertThat(state(name)).isEqualTo("UNAVAILABLE");
        client.call("RepositoryModelLoad", load.build(), RepositoryModelLoadResponse.getDefaultInstance());
        assertThat(ready(name, "")).isTrue();
        assertThat(state(name)).isEqualTo("READY");
        service.maas().undeploy(name);
    }

    private static String state(String name) {
        return client
                .call(
                        "RepositoryIndex",
                        RepositoryIndexRequest.getDefaultInstance(),
                        RepositoryIndexResponse.getDefaultInstance())
                .getModelsList()
                .stream()
                .filter(model -> model.getName().equals(name))
                .findFirst()
                .orElseThrow()
                .getState();
    }

    @Test
    void modelsThatClientsWouldBringAlongAreRefused() {
        RepositoryModelLoadRequest request = RepositoryModelLoadRequest.newBuilder()
                .setModelName("affine")
                .putParameters(
                        "config",
                        ModelRepositoryParameter.newBuilder()
                                .setStringParam("{}")
                                .build())
                .build();
        assertThatThrownBy(() ->
                        client.call("RepositoryModelLoad", request, RepositoryModelLoadResponse.getDefaultInstance()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }
}

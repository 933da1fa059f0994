package io.maas.api.server;

import static io.maas.api.server.ForeignGrpc.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.maas.api.Models;
import io.maas.api.Service;
import io.maas.api.client.ClientOptions;
import io.maas.api.client.MaasClient;
import io.maas.api.security.AuditLog;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import io.maas.api.security.TestCertificates;
import io.maas.api.security.TestCertificates.Identity;
import io.maas.api.wire.inference.ModelReadyRequest;
import io.maas.api.wire.inference.ModelReadyResponse;
import io.maas.api.wire.inference.RepositoryModelUnloadRequest;
import io.maas.api.wire.inference.RepositoryModelUnloadResponse;
import io.maas.error.MaasException;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The door of the server is the same for calls by gRPC: TLS, rates, and what is written down. */
@Timeout(120)
class GrpcDoorIT {
    @TempDir
    Path folder;

    private static ServerOptions withKeys() {
        return ServerOptions.defaults()
                .withAuthenticator(credentials -> "key".equals(credentials.bearer())
                        ? Optional.of(Principal.of("somebody", Role.INFER, Role.DEPLOY))
                        : Optional.empty());
    }

    @Test
    void callsComeByTlsWithAKey() throws Exception {
        Identity authority = TestCertificates.authority("CN=Authority");
        Identity server = TestCertificates.signed(authority, "CN=server", "dns:localhost", "ip:7F000001");
        Path chain = folder.resolve("server.pem");
        Path key = folder.resolve("server.key");
        Path trusted = folder.resolve("trusted.pem");
        server.write(chain, key);
        authority.write(trusted, folder.resolve("authority.key"));
        try (Service service = Service.start(withKeys().withTls(Tls.of(chain, key)))) {
            service.serve("m", Models.affine(0));
            URI address = URI.create("grpcs://localhost:" + service.server().port());
            try (MaasClient client = MaasClient.connect(
                    address, ClientOptions.defaults().withKey("key").withTrust(trusted))) {
                assertThat(client.model("m")
                                .predict(Tensors.of("x", Tensor.of(new float[] {1, 0, 0}, 1, 3)))
                                .get("y"))
                        .isEqualTo(Tensor.of(new float[] {1, 2}, 1, 2));
            }
            try (MaasClient stranger =
                    MaasClient.connect(address, ClientOptions.defaults().withTrust(trusted))) {
                assertThatThrownBy(() -> stranger.model("m"))
                        .isInstanceOf(MaasException.class)
                        .hasMessageContaining("UNAUTHENTICATED");
            }
            try (MaasClient wary =
                    MaasClient.connect(address, ClientOptions.defaults().withKey("key"))) {
                assertThatThrownBy(() -> wary.model("m")).isInstanceOf(MaasException.class);
            }
        }
    }

    @Test
    void changesAndWhoWasTurnedAwayAreWrittenDown() throws Exception {
        Path file = folder.resolve("audit.log");
        try (AuditLog audit = AuditLog.open(file);
                Service service = Service.start(withKeys().withAudit(audit));
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            service.serve("m", Models.affine(0));
            client.infer(floats("m", "x", new float[3], 1, 3), "x-api-key", "key");
            client.call(
                    "RepositoryModelUnload",
                    RepositoryModelUnloadRequest.newBuilder().setModelName("m").build(),
                    RepositoryModelUnloadResponse.getDefaultInstance(),
                    "x-api-key",
                    "key",
                    "x-request-id",
                    "change-1");
            assertThat(code(client, "wrong")).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("change-1", "somebody", "RepositoryModelUnload", "\"m\"", "200");
        assertThat(lines.get(1)).contains("ModelReady", "401").doesNotContain("somebody", "wrong");
    }

    private static Status.Code code(ForeignGrpc client, String key) {
        StatusRuntimeException e = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> client.call(
                        "ModelReady",
                        ModelReadyRequest.newBuilder().setName("m").build(),
                        ModelReadyResponse.getDefaultInstance(),
                        "x-api-key",
                        key));
        return e == null ? Status.Code.OK : e.getStatus().getCode();
    }

    @Test
    void whoAsksTooOftenIsToldToWait() {
        CallerLimits few = new CallerLimits(0.001, 3, 100, java.time.Duration.ofSeconds(1));
        try (Service service = Service.start(withKeys().withCallers(few));
                ForeignGrpc client = new ForeignGrpc(service.server().port())) {
            service.serve("m", Models.affine(0));
            for (int i = 0; i < 3; i++) {
                assertThat(code(client, "key")).isEqualTo(Status.Code.OK);
            }
            assertThat(code(client, "key")).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            // Runs of models have quotas of their own.
            assertThat(client.infer(floats("m", "x", new float[3], 1, 3), "x-api-key", "key")
                            .getModelName())
                    .isEqualTo("m");
        }
    }
}

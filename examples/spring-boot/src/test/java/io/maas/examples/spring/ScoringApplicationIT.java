package io.maas.examples.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.api.client.MaasClient;
import io.maas.api.server.MaasServer;
import io.maas.Maas;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application runs with the versions of libraries that Spring Boot wants, and its own web server beside ours. */
class ScoringApplicationIT {
    @TempDir
    Path folder;

    private static Artifact twice() {
        GraphBuilder b = new GraphBuilder("twice");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("n", 1));
        b.output("y", b.mul(x, 2));
        return Artifact.of(b.build());
    }

    private ConfigurableApplicationContext start() {
        return SpringApplication.run(
                ScoringApplication.class, "--server.port=0", "--maas.registry=" + folder.resolve("models"));
    }

    @Test
    void bothDoorsAnswerAndWhatWasInServiceComesBack() throws Exception {
        try (ConfigurableApplicationContext application = start()) {
            Maas maas = application.getBean(Maas.class);
            maas.registry().publish("score", twice());
            maas.deploy("score");
            assertAnswers(application);
        }
        try (ConfigurableApplicationContext application = start()) {
            assertAnswers(application);
        }
    }

    private static void assertAnswers(ConfigurableApplicationContext application) throws Exception {
        String port = application.getEnvironment().getProperty("local.server.port");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/score?x=4"))
                .build();
        assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body())
                .isEqualTo("8.0");
        try (MaasClient client =
                MaasClient.connect(application.getBean(MaasServer.class).uri())) {
            Tensor answer = client.model("score")
                    .predict(Tensors.of("x", Tensor.of(new float[] {4}, 1, 1)))
                    .outputs()
                    .get("y");
            assertThat(answer).isEqualTo(Tensor.of(new float[] {8}, 1, 1));
        }
    }
}

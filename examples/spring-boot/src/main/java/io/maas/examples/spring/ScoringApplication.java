package io.maas.examples.spring;

import io.maas.Maas;
import io.maas.api.server.MaasServer;
import io.maas.api.server.ServerOptions;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A web application that calls a model in its own process, and opens it to other programs by the Open Inference Protocol as well. */
@SpringBootApplication
public class ScoringApplication {
    public static void main(String[] args) {
        SpringApplication.run(ScoringApplication.class, args);
    }

    /** The models of a folder, and what was in service when the application ended last. */
    @Bean(destroyMethod = "close")
    Maas maas(@Value("${maas.registry}") Path registry) {
        Maas maas = Maas.open(registry);
        maas.restore();
        return maas;
    }

    /** A door of its own, on a port of its own; it is closed before the models are. */
    @Bean(destroyMethod = "close")
    MaasServer server(Maas maas, @Value("${maas.port:0}") int port) {
        return MaasServer.start(maas, ServerOptions.defaults().withPort(port));
    }

    /** What the application offers itself. */
    @RestController
    static class Scores {
        private final Maas maas;

        Scores(Maas maas) {
            this.maas = maas;
        }

        @GetMapping("/score")
        float score(@RequestParam("x") float x) {
            Tensors inputs = Tensors.of("x", Tensor.of(new float[] {x}, 1, 1));
            return maas.model("score").predict(inputs).outputs().get("y").toFloatArray()[0];
        }
    }
}

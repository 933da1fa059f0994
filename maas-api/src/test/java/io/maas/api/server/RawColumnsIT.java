package io.maas.api.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.api.Service;
import io.maas.api.client.MaasClient;
import io.maas.error.InvalidInputException;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.model.Model;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.preprocessing.Categories;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.RawModel;
import io.maas.training.preprocessing.Target;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Strings and missing numbers over the network, into a model that holds its preprocessing. */
@Timeout(120)
class RawColumnsIT {
    private static final Tensors TRAIN = Tensors.of(
            "age", Tensor.of(new double[] {20, Double.NaN, 40}),
            "city", Tensor.of(new String[] {"K\u00f6ln", "\uD83D\uDE00", ""}),
            "comes", Tensor.of(new String[] {"no", "yes", "no"}));

    private static RawModel model(FittedPreprocessing fitted) {
        GraphBuilder b = new GraphBuilder("model");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4));
        float[] weights = {0.1f, 0, 1, 2, 3, -1, 0, 4};
        b.output("scores", b.matmul(x, b.constant("w", Tensor.of(weights, 4, 2))));
        Graph graph = b.build();
        return RawModel.of(fitted, graph, Lineage.unknown());
    }

    private static FittedPreprocessing fitted() {
        return Preprocessing.of(Numbers.of("age").fillMean().standardize(), Categories.of("city"))
                .predicting(Target.classes("comes").withLabels())
                .fit(TRAIN);
    }

    @Test
    void clientsSendRawRows() {
        RawModel model = model(fitted());
        Tensors raw = Tensors.of("age", TRAIN.get("age"), "city", TRAIN.get("city"));
        try (Service service = Service.start();
                MaasClient client = MaasClient.connect(service.uri())) {
            service.serve("visits", model.toArtifact());
            Model remote = client.model("visits");
            assertThat(remote.predict(raw).outputs()).isEqualTo(model.predict(raw));
            assertThatThrownBy(() -> remote.predict(
                            Tensors.of("age", Tensor.of(new double[] {1}), "city", Tensor.of(new String[] {"Rom"}))))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(
                            "column \"city\": a category that the training data did not have (expected: ");
        }
    }

    @Test
    void soDoRequestsWrittenByHand() throws Exception {
        try (Service service = Service.start()) {
            service.serve("visits", model(fitted()).toArtifact());
            RawHttp http = new RawHttp(service.uri());
            HttpResponse<String> good = http.post("/v2/models/visits/infer", body("null", "\"\uD83D\uDE00\""));
            assertThat(good.body()).contains("\"name\":\"label\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"");
            assertThat(good.statusCode()).isEqualTo(200);
            HttpResponse<String> unseen = http.post("/v2/models/visits/infer", body("30.5", "\"Rom\""));
            assertThat(unseen.statusCode()).isEqualTo(400);
            assertThat(unseen.body()).contains("a category that the training data did not have");
            HttpResponse<String> missing = http.post(
                    "/v2/models/visits/infer",
                    "{\"inputs\":[{\"name\":\"age\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[1]}]}");
            assertThat(missing.statusCode()).isEqualTo(400);
            assertThat(missing.body()).contains("input \\\"city\\\" of model visits");
        }
    }

    private static String body(String age, String city) {
        return """
                {"inputs":[{"name":"age","shape":[1],"datatype":"FP64","data":[%s]},
                           {"name":"city","shape":[1],"datatype":"BYTES","data":[%s]}]}""".formatted(age, city);
    }
}

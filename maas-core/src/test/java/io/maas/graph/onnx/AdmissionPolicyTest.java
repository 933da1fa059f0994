package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.google.common.io.ByteSource;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Rule;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AdmissionPolicyTest {
    private static final AdmissionPolicy DEFAULTS = AdmissionPolicy.defaults();

    private static void assertRefused(ModelProto.Builder model, AdmissionPolicy policy, Rule rule, String message) {
        assertThatThrownBy(() -> OnnxAdmission.check(Onnx.source(model), policy))
                .isInstanceOfSatisfying(
                        ArtifactRejectedException.class,
                        e -> assertThat(e.rule()).isEqualTo(rule))
                .hasMessageContaining(message)
                .hasMessageEndingWith(" [" + rule.id() + "]");
    }

    private static ModelProto.Builder with(NodeProto.Builder node) {
        return Onnx.model(Onnx.graph(node));
    }

    private static NodeProto.Builder relu() {
        return Onnx.node("Relu", "x", "y");
    }

    private static AdmissionPolicy with(int depth, int functions, int imports, int name, long text, long nodes) {
        return new AdmissionPolicy(
                DEFAULTS.modelBytes(),
                nodes,
                depth,
                DEFAULTS.rank(),
                DEFAULTS.constantBytes(),
                DEFAULTS.loopSteps(),
                functions,
                imports,
                name,
                text,
                DEFAULTS.domains());
    }

    @Test
    void operatorsOfADomainThatNobodyAllowedAreRefused() {
        ModelProto.Builder model = with(relu().setDomain("com.acme"));
        assertRefused(
                model,
                DEFAULTS,
                Rule.UNKNOWN_DOMAIN,
                "\"Relu\" node \"n_y\": an operator of domain \"com.acme\" (expected: ");
        assertThatCode(() -> OnnxAdmission.check(Onnx.source(model), DEFAULTS.withDomain("com.acme")))
                .doesNotThrowAnyException();
        assertRefused(
                with(relu().setDomain("com.microsoft")),
                DEFAULTS.withDomains(Set.of("")),
                Rule.UNKNOWN_DOMAIN,
                "\"com.microsoft\"");
        assertThatCode(() -> OnnxAdmission.check(Onnx.source(with(relu().setDomain("ai.onnx"))), DEFAULTS))
                .doesNotThrowAnyException();
    }

    /** Optimizers import all domains that they know. */
    @Test
    void aDomainThatNoOperatorIsOfIsNoMatter() {
        OperatorSetIdProto unused = OperatorSetIdProto.newBuilder()
                .setDomain("com.acme")
                .setVersion(1)
                .build();
        assertThatCode(() -> OnnxAdmission.check(Onnx.source(with(relu()).addOpsetImport(unused)), DEFAULTS))
                .doesNotThrowAnyException();
    }

    @Test
    void eachLimitHasARule() {
        assertRefused(
                Onnx.model(Onnx.graph(relu()).addInitializer(Onnx.floats("w", 1, 2, 3))),
                DEFAULTS.withModelBytes(8),
                Rule.MODEL_TOO_LARGE,
                "initializer \"w\": with its values the model comes to 12 bytes (expected: at most 8)");
        assertRefused(
                Onnx.model(Onnx.graph(relu(), Onnx.node("Relu", "x", "z"))),
                with(16, 1, 1, 100, 100, 1),
                Rule.TOO_MANY_PARTS,
                "2 nodes (expected: at most 1)");
        assertRefused(
                with(Onnx.node("If", "x", "y").addAttribute(Onnx.subgraph("then_branch", Onnx.graph(relu())))),
                with(0, 1, 1, 100, 100, 100),
                Rule.NESTED_TOO_DEEP,
                "nested more than 0 deep");
        assertRefused(
                with(relu()).addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17)),
                with(16, 1, 1, 100, 100, 100),
                Rule.TOO_MANY_PARTS,
                "2 operator sets (expected: at most 1)");
        assertRefused(
                with(relu().setName("n".repeat(101))),
                with(16, 1, 1, 100, 100, 100),
                Rule.TEXT_TOO_LONG,
                "a name of 101 characters (expected: at most 100)");
        assertRefused(
                with(relu().addAttribute(
                                Onnx.attribute("s", AttributeType.STRING).setS(ByteString.copyFrom(new byte[101])))),
                with(16, 1, 1, 100, 100, 100),
                Rule.TEXT_TOO_LONG,
                "attribute \"s\" of \"Relu\" node \"n_y\": a text of 101 bytes (expected: at most 100)");
        assertRefused(
                with(relu())
                        .addFunctions(
                                ai.onnx.proto.OnnxMl.FunctionProto.newBuilder().setName("f")),
                with(16, 0, 1, 100, 100, 100),
                Rule.TOO_MANY_PARTS,
                "1 functions (expected: at most 0)");
    }

    @Test
    void nineAxesAreOneTooMany() {
        Object[] nine = {1, 1, 1, 1, 1, 1, 1, 1, 1};
        assertRefused(
                Onnx.model(Onnx.graph(relu()).addInput(Onnx.value("deep", Onnx.FLOAT, nine))),
                DEFAULTS,
                Rule.RANK_TOO_HIGH,
                "value \"deep\": 9 axes (expected: at most 8)");
        assertRefused(
                Onnx.model(Onnx.graph(relu())
                        .addInitializer(Onnx.floats("w", 1).addAllDims(java.util.Collections.nCopies(8, 1L)))),
                DEFAULTS,
                Rule.RANK_TOO_HIGH,
                "initializer \"w\": 9 axes");
    }

    @Test
    void whatIsNotKnownHereIsRefused() {
        UnknownFieldSet later = UnknownFieldSet.newBuilder()
                .addField(40, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build();
        assertRefused(
                with(relu().setUnknownFields(later)),
                DEFAULTS,
                Rule.UNKNOWN_FIELD,
                "\"Relu\" node \"n_y\": field 40 of its NodeProto");
        // A place of values that has no number yet.
        UnknownFieldSet place = UnknownFieldSet.newBuilder()
                .addField(14, UnknownFieldSet.Field.newBuilder().addVarint(2).build())
                .build();
        assertRefused(
                Onnx.model(Onnx.graph(relu()).addInitializer(Onnx.floats("w", 1).setUnknownFields(place))),
                DEFAULTS,
                Rule.UNKNOWN_FIELD,
                "initializer \"w\": field 14 of its TensorProto");
    }

    @Test
    void aModelThatAnotherReaderTakesForAnotherFormatIsRefused() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {8, 8, 18, 4, 'O', 'R', 'T', 'M'});
        with(relu()).clearIrVersion().build().writeTo(bytes);
        assertThat(ModelProto.parseFrom(bytes.toByteArray()).getProducerName()).isEqualTo("ORTM");
        assertThatThrownBy(() -> OnnxAdmission.check(ByteSource.wrap(bytes.toByteArray())))
                .isInstanceOfSatisfying(
                        ArtifactRejectedException.class,
                        e -> assertThat(e.rule()).isEqualTo(Rule.NOT_ONNX))
                .hasMessageContaining("\"ORTM\", the mark of ONNX Runtime's own format");
    }

    @Test
    void anOperatorThatReadsFilesItselfIsRefused() {
        assertRefused(
                with(Onnx.node("EPContext", "x", "y").setDomain("com.microsoft")),
                DEFAULTS,
                Rule.EXTERNAL_DATA,
                "\"EPContext\" node \"n_y\": it reads a file that it names itself");
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> DEFAULTS.withModelBytes(0)).hasMessage("modelBytes: 0 (expected: modelBytes > 0)");
        assertThatThrownBy(() -> with(17, 1, 1, 1, 1, 1))
                .hasMessageStartingWith("depth: 17 (expected: 0 <= depth <= 16");
    }
}

package io.maas.graph;

import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Shapes of products of matrices. */
final class ProductShapes extends ShapeRules {
    ProductShapes(Node node, Function<Value, @Nullable Tensor> constants) {
        super(node, constants);
    }

    Shape matmul(Shape a, Shape b) {
        if (a.rank() == 0 || b.rank() == 0) {
            throw mismatch("at least one axis each", a, b);
        }
        sameSize(a, -1, b, b.rank() == 1 ? 0 : -2, "the columns of the first as the rows of the second");
        Shape outer = broadcast(leading(a), leading(b));
        List<Object> sizes = new ArrayList<>(Arrays.asList(outer.dimensions()));
        if (a.rank() > 1) {
            sizes.add(a.dimension(-2));
        }
        if (b.rank() > 1) {
            sizes.add(b.dimension(-1));
        }
        return Shape.symbolic(sizes.toArray());
    }

    private static Shape leading(Shape shape) {
        return Shape.symbolic(Arrays.copyOf(shape.dimensions(), Math.max(0, shape.rank() - 2)));
    }

    Shape gemm() {
        Shape a = node.input(0).shape();
        Shape b = node.input(1).shape();
        if (a.rank() != 2 || b.rank() != 2) {
            throw mismatch("two axes each", a, b);
        }
        int transA = (int) node.attributes().longValue("transA", 0);
        int transB = (int) node.attributes().longValue("transB", 0);
        sameSize(a, 1 - transA, b, transB, "inner sizes that are equal under transA=" + transA + ", transB=" + transB);
        Shape result = Shape.symbolic(a.dimension(transA), b.dimension(1 - transB));
        Value c = node.input(2);
        if (!c.isOmitted() && !stretchesTo(c.shape(), result)) {
            throw mismatch("a third input that broadcasts to " + result, c.shape());
        }
        return result;
    }
}

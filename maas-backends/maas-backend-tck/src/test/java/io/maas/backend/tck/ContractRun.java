package io.maas.backend.tck;

import io.maas.graph.Op;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the tests of a contract outside of the test engine, to see which fail. */
final class ContractRun {
    private final List<String> failures = new ArrayList<>();

    private ContractRun() {}

    /** The names of the tests that fail; of dynamic tests, their titles. */
    static List<String> failures(BackendContract contract) throws IllegalAccessException {
        ContractRun run = new ContractRun();
        for (Method method : contract.getClass().getSuperclass().getDeclaredMethods()) {
            run.run(contract, method);
        }
        return run.failures;
    }

    /** As {@link #failures(BackendContract)}, of the cases of one operator only. */
    static List<String> failures(OperatorContract contract, Op op) {
        ContractRun run = new ContractRun();
        contract.everyOperatorGivesTheValuesOfTheReference()
                .filter(node -> node.getDisplayName().equals(op.onnxName()))
                .forEach(run::dynamic);
        return run.failures;
    }

    private void run(BackendContract contract, Method method) throws IllegalAccessException {
        if (method.isAnnotationPresent(Test.class)) {
            call(contract, method);
        } else if (method.isAnnotationPresent(ParameterizedTest.class)) {
            for (int value : method.getAnnotation(ValueSource.class).ints()) {
                call(contract, method, value);
            }
        } else if (method.isAnnotationPresent(TestFactory.class)) {
            try {
                ((Stream<?>) method.invoke(contract)).forEach(node -> dynamic((DynamicNode) node));
            } catch (InvocationTargetException e) {
                failures.add(method.getName());
            }
        }
    }

    private void call(BackendContract contract, Method method, Object... arguments) throws IllegalAccessException {
        try {
            method.invoke(contract, arguments);
        } catch (InvocationTargetException e) {
            failures.add(method.getName());
        }
    }

    private void dynamic(DynamicNode node) {
        if (node instanceof DynamicContainer container) {
            container.getChildren().forEach(this::dynamic);
        } else if (node instanceof DynamicTest test) {
            try {
                test.getExecutable().execute();
            } catch (Throwable e) {
                failures.add(test.getDisplayName());
            }
        }
    }
}

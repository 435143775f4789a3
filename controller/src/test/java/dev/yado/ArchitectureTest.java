package dev.yado;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.yado.protocol.HostAgent;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

@AnalyzeClasses(packages = "dev.yado", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule ONLY_FLOWS_CALL_HOSTS = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.yado.flow..", "dev.yado.reconcile..", "dev.yado.protocol..", "dev.yado.simulator..")
            .and()
            .haveNameNotMatching("dev\\.yado\\.host\\.(HttpHostAgents.*|HostAgents)")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(HostAgent.class)
            .because("what is done to hosts is strung together in one place, where it is durable");

    @ArchTest
    static final ArchRule JACKSON_3_ONLY = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson.databind..")
            .because("two versions of Jackson in one process read the same JSON differently");

    @ArchTest
    static final ArchRule NO_CYCLES = slices().matching("dev.yado.(*)..")
            .should()
            .beFreeOfCycles()
            .because("a package can be understood alone only when the way back is closed");

    @ArchTest
    static final ArchRule NAMES_SAY_WHAT_IT_IS = noClasses()
            .that()
            .resideOutsideOfPackage("dev.yado.api.generated..")
            .should()
            .haveNameMatching(".*(Impl|Manager|Helper|Utils?|VO|TO)(\\$.*)?")
            .because("such a name says how it came to be and not what it is");

    @ArchTest
    static final ArchRule THE_ENGINE_KNOWS_NO_VM = noClasses()
            .that()
            .resideInAPackage("dev.yado.operation..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.yado.vm..", "dev.yado.host..", "dev.yado.flow..", "dev.yado.image..", "dev.yado.scheduler..")
            .because("it carries out any operation, those that nobody has thought of yet as well");

    @ArchTest
    static final ArchRule FLOWS_ARE_NOT_CALLED = noClasses()
            .that()
            .resideOutsideOfPackage("dev.yado.flow..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.yado.flow..")
            .because("an operation is begun by its kind, so that it can be begun by one replica and go on in another");

    @ArchTest
    static final ArchRule ROWS_STAY_AT_HOME = classes()
            .that()
            .haveNameMatching("dev\\.yado\\..*Rows?")
            .should()
            .notBePublic()
            .because("what a table looks like is the affair of the package that owns it");

    @ArchTest
    static final ArchRule DATA_OF_TENANTS_STAY_ON_HOSTS = noClasses()
            .that()
            .resideOutsideOfPackages("dev.yado.recovery..", "dev.yado.storage..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.yado.storage..")
            .because("the controller writes nothing but its own backup to a repository");

    @Test
    void modulesKeepTheirBorders() {
        ApplicationModules.of(
                        YadoController.class,
                        JavaClass.Predicates.resideInAnyPackage(
                                "dev.yado.protocol..",
                                "dev.yado.telemetry..",
                                "dev.yado.scheduler..",
                                "dev.yado.storage..",
                                "dev.yado.simulator..",
                                "dev.yado.api.generated.."))
                .verify();
    }
}

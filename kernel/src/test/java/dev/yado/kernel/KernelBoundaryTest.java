package dev.yado.kernel;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.yado.kernel", importOptions = DoNotIncludeTests.class)
class KernelBoundaryTest {
    private static final String SYS = "dev.yado.kernel.sys..";

    @ArchTest
    static final ArchRule onlySysTouchesForeignMemory = noClasses()
            .that()
            .resideOutsideOfPackage(SYS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..")
            .because("a wrong layout or a stale address ends the daemon without a stack trace: one small package is"
                    + " compared with the C headers");

    @ArchTest
    static final ArchRule onlyKernelUsesSys = noClasses()
            .that()
            .resideOutsideOfPackage("dev.yado.kernel..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(SYS)
            .allowEmptyShould(true)
            .because(
                    "the kernel package promises what descriptors and errno alone do not: no reuse, no hang, a reason");

    @ArchTest
    static final ArchRule sysKnowsNothingAboveIt = noClasses()
            .that()
            .resideInAPackage(SYS)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.yado.kernel")
            .because("packages have no cycles");
}

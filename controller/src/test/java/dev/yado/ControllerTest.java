package dev.yado;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.ContextConfiguration;

/**
 * A test against the whole controller on a real port. All classes with it share one controller and one database, so each uses
 * tenants and names of its own and takes nothing for empty. Ask for a {@link ControllerClient} to call it.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@ExtendWith(InvariantsHold.class)
@SpringBootTest(classes = YadoController.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@ContextConfiguration(initializers = ControllerTestSettings.class)
public @interface ControllerTest {}

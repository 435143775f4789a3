-- Rows of these change many times in their short life, or come by the thousand in a burst: tended early, so that plans and indexes fit.
ALTER TABLE operation SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 500, autovacuum_analyze_threshold = 200);
ALTER TABLE operation_step SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 500);
ALTER TABLE vm SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 200, autovacuum_analyze_threshold = 100);
ALTER TABLE allocation SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02,
    autovacuum_analyze_threshold = 100);
ALTER TABLE host SET (autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_threshold = 200);

module x

replace billing => ../../billing

<?php
$logger->info("placed");

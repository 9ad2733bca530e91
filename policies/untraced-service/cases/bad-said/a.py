"""
import instana
"""
